import { describe, expect, it } from 'vitest';
import type { LoggedStatementText, QueryLogReport } from '../../model/query-log.ts';
import { displayWidth } from './display-width.ts';
import { renderQueryLog } from './render-query-log.ts';

const plain = { width: 80, color: false, showParameters: false, top: 10 };

const statement = (normalized: string, example?: string): LoggedStatementText => ({
  fingerprint: normalized,
  normalized,
  kind: 'select',
  tables: [],
  ...(example !== undefined && { example }),
});

const customer = statement(
  'SELECT id, name FROM customers WHERE id = $1',
  'SELECT id, name FROM customers WHERE id = 4711',
);
const orders = statement('SELECT id, customer_id FROM orders ORDER BY created_at DESC LIMIT $1');

const loop = {
  bursts: 40,
  callsPerBurst: { min: 90, median: 100, max: 100 },
  calls: 3960,
  sessions: 4,
  totalMs: 1620,
  burstsInTransaction: 0,
};

const report: QueryLogReport = {
  source: 'postgresql.log',
  totals: {
    statements: 5000,
    errors: 3,
    totalMs: 4200,
    sessions: 4,
    distinctStatements: 12,
    firstAt: Date.UTC(2026, 2, 14, 9, 26),
    lastAt: Date.UTC(2026, 2, 14, 9, 31),
  },
  coverage: {
    formats: ['csvlog'],
    bytes: 2_600_000,
    lines: 15_000,
    unrecognisedLines: 2,
    damagedRecords: 1,
    cutRecords: 0,
  },
  warnings: ['only statements above 100 ms were logged'],
  statements: [
    {
      statement: customer,
      calls: 3960,
      errors: 0,
      timedCalls: 3960,
      totalMs: 1620,
      share: 0.39,
      meanMs: 0.41,
      p95Ms: 0.6,
    },
    { statement: orders, calls: 40, errors: 0, timedCalls: 0, totalMs: 0, share: 0 },
  ],
  nPlusOne: [
    {
      ...loop,
      statement: customer,
      grade: 'likely',
      reason: 'the values differ in every call and the burst follows the same statement each time',
      predecessor: orders,
      cycle: [],
      parametersKnown: true,
    },
  ],
  duplicates: [
    {
      ...loop,
      callsPerBurst: { min: 3, median: 3, max: 3 },
      statement: orders,
      grade: 'possible',
      reason: 'the same values',
      repeatedMs: 52,
    },
  ],
  writeLoops: [],
  errors: [{ error: '23505', calls: 3, statement: statement('INSERT INTO orders VALUES ($1)') }],
};

describe('a query log in the terminal', () => {
  it('shows the loops, where the time went and what the log cannot tell', async () => {
    const text = renderQueryLog(report, plain);
    await expect(text).toMatchFileSnapshot('../../../fixtures/golden/queries-orders-terminal-80.txt');
    expect(Math.max(...text.split('\n').map(displayWidth))).toBeLessThanOrEqual(80);
  });

  it('shows statements as they were sent only where that is asked for', () => {
    expect(renderQueryLog(report, plain)).not.toContain('4711');
    expect(renderQueryLog(report, { ...plain, showParameters: true, width: 120 })).toContain('4711');
  });

  it('counts what it leaves out', () => {
    expect(renderQueryLog(report, { ...plain, top: 1 })).toContain('and 1 more statement');
  });

  it('is short for a log without statements', () => {
    const empty: QueryLogReport = { ...report, statements: [], nPlusOne: [], duplicates: [], errors: [], warnings: [] };
    expect(renderQueryLog(empty, plain)).not.toMatch(/N\+1|WHERE THE TIME WENT|ERRORS/);
  });

  it('lets nothing in the log act on the terminal', () => {
    const hostile = statement('SELECT \x1b[2J\u202e 1');
    const text = renderQueryLog(
      {
        ...report,
        source: '\x1b]0;x\x07log',
        statements: [],
        nPlusOne: [],
        duplicates: [],
        errors: [{ error: '\x1b[1m', calls: 1, statement: hostile }],
      },
      plain,
    );
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });
});
