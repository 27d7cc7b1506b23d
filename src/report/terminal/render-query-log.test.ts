import { describe, expect, it } from 'vitest';
import type { QueryLogReport } from '../../model/query-log.ts';
import { sampleQueryLog } from '../../testing/sample-query-log.ts';
import { displayWidth } from './display-width.ts';
import { renderQueryLog } from './render-query-log.ts';

const plain = { width: 80, color: false, showParameters: false, top: 10 };

const report = sampleQueryLog;

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
    const normalized = 'SELECT \x1b[2J\u202e 1';
    const hostile = { fingerprint: normalized, normalized, kind: 'select', tables: [] } as const;
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
