import type { LoggedStatementText, QueryLogReport } from '../model/query-log.ts';

const statement = (normalized: string, example?: string): LoggedStatementText => ({
  fingerprint: normalized,
  normalized,
  kind: 'select',
  tables: [],
  ...(example === undefined ? {} : { example }),
});

const customer = statement(
  'SELECT id, name FROM customers WHERE id = $1',
  'SELECT id, name FROM customers WHERE id = 4711',
);
const orders = statement('SELECT id, customer_id FROM orders ORDER BY created_at DESC LIMIT $1');
const startAt = Date.UTC(2026, 2, 14, 9, 26);

const loop = {
  bursts: 40,
  callsPerBurst: { min: 90, median: 100, max: 100 },
  calls: 3960,
  sessions: 4,
  totalMs: 1620,
  burstsInTransaction: 0,
};

/** A report with something in each of its parts. */
export const sampleQueryLog: QueryLogReport = {
  source: 'postgresql.log',
  totals: {
    ...{ statements: 5000, errors: 3, totalMs: 4200, sessions: 4, distinctStatements: 12 },
    firstAt: startAt,
    lastAt: startAt + 5 * 60_000,
  },
  coverage: {
    formats: ['csvlog'],
    ...{ bytes: 2_600_000, lines: 15_000, unrecognisedLines: 2, damagedRecords: 1, cutRecords: 0 },
    files: ['postgresql.log.1', 'postgresql.log'],
    evicted: { statements: 0, errors: 0, sessions: 7, loops: 0 },
    settings: { sampled: true, values: { log_statement_sample_rate: '0.5', log_line_prefix: '' } },
  },
  warnings: ['only statements above 100 ms were logged'],
  statements: [
    {
      statement: customer,
      ...{ calls: 3960, errors: 0, timedCalls: 3960, totalMs: 1620, share: 0.39, meanMs: 0.41, p95Ms: 0.6, maxMs: 9 },
      plan: {
        durationMs: 9,
        text: 'Index Scan using customers_pkey on customers  (cost=0.15..8.17 rows=1 width=36)\n  Index Cond: (id = $1)',
      },
    },
    { statement: orders, calls: 40, errors: 0, timedCalls: 0, totalMs: 0, share: 0 },
  ],
  nPlusOne: [
    {
      ...loop,
      statement: customer,
      grade: 'likely',
      reason: 'one session ran it 10 times after the same SELECT, each time about as long',
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
      reason: 'nothing ties the calls to one request; a pool runs many in one session',
      repeatedMs: 52,
    },
  ],
  writeLoops: [],
  errors: [{ error: '23505', calls: 3, statement: statement('INSERT INTO orders VALUES ($1)') }],
  timeline: {
    widthMs: 10_000,
    buckets: [0, 1, 2, 5, 6, 11, 12, 30].map((index) => ({
      startAt: startAt + index * 10_000,
      statements: 100 + index * 10,
      totalMs: 50 + index * index,
      errors: index === 5 ? 3 : 0,
    })),
  },
};
