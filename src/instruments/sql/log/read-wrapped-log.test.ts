import { describe, expect, it } from 'vitest';
import type { LoggedStatement } from '../../../model/query-log.ts';
import { openLog } from './open-log.ts';
import { readQueryLog } from './read-log.ts';

const pathOf = (name: string) => new URL(`../../../../fixtures/logs/${name}`, import.meta.url).pathname;

async function read(name: string, linePrefix?: string) {
  return collect(
    readQueryLog(openLog(pathOf(name)), { path: name, ...(linePrefix === undefined ? {} : { linePrefix }) }),
  );
}

async function readText(text: string, size = 1 << 16, linePrefix?: string) {
  const bytes = Buffer.from(text);
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
  return collect(readQueryLog(chunks(), { path: 'made.log', ...(linePrefix === undefined ? {} : { linePrefix }) }));
}

async function collect(log: ReturnType<typeof readQueryLog>) {
  const statements: LoggedStatement[] = [];
  for await (const statement of log) statements.push(statement);
  return { statements, coverage: log.coverage() };
}

/** What each session ran, in its order: other processes' records may lie between in another way. */
function bySession(statements: readonly LoggedStatement[]) {
  const sessions = new Map<string, unknown[]>();
  for (const { session, sql, parameters, error } of statements) {
    const known = sessions.get(session) ?? [];
    known.push({ sql, parameters, failed: error !== undefined });
    sessions.set(session, known);
  }
  return [...sessions.values()].filter((list) => list.length > 1).sort((a, b) => b.length - a.length);
}

describe('a wrapped log', () => {
  it.each([
    ['pg18-stderr-azure.log'],
    ['cloudwatch-export.log'],
    ['cloudwatch-tail.log'],
    ['cloudwatch-events.json'],
    ['cloud-sql.json'],
  ])('gives the statements of the bare one: %s', async (name) => {
    const { statements, coverage } = await read(name);
    const bare = await read('pg18-stderr-default.log');
    expect(bySession(statements)).toEqual(bySession(bare.statements));
    expect(coverage).toMatchObject({ formats: ['stderr'], unrecognisedLines: 0, damagedRecords: 0, cutRecords: 0 });
    expect(statements.every(({ timestamp, durationMs, error }) => timestamp && (durationMs || error))).toBe(true);
  });

  it.each(['pg18-syslog.log', 'syslog-5424.log', 'heroku.log'])(
    'gives them from syslog, whose messages are cut into lines and pieces of 900 bytes: %s',
    async (name) => {
      const { statements, coverage } = await read(name);
      const bare = await read('pg18-stderr-default.log');
      // The server itself leaves empty lines out of what it sends to a syslog.
      const packed = (list: readonly LoggedStatement[]) =>
        bySession(
          list.map((statement) => ({
            ...statement,
            sql: statement.sql.replace(/\n+/g, '\n'),
            ...(statement.parameters
              ? { parameters: statement.parameters.map((value) => value?.replace(/\r?\n+/g, '\n') ?? null) }
              : {}),
          })),
        );
      expect(packed(statements)).toEqual(packed(bare.statements));
      expect(coverage).toMatchObject({ formats: ['stderr'], unrecognisedLines: 0, cutRecords: 0 });
      expect(new Set(statements.map(({ session }) => session)).size).toBe(3);
    },
  );

  it('of Cloud Logging may have an entry a line, and come in any chunks', async () => {
    const entries = ['SELECT 1', 'SELECT\n\t2', 'SELECT "}{]["'].map((sql, index) =>
      JSON.stringify({
        textPayload: `2026-01-01 00:00:0${index}.123 UTC [7]: LOG:  duration: 1.000 ms  statement: ${sql}`,
      }),
    );
    for (const size of [1, 50, 1 << 16]) {
      const { statements } = await readText(`${entries.join('\n')}\n`, size);
      expect(statements.map(({ sql }) => sql)).toEqual(['SELECT 1', 'SELECT\n2', 'SELECT "}{]["']);
    }
  });

  it('passes over an event that is damaged, or that is none of PostgreSQL', async () => {
    const event = (message: string) => JSON.stringify({ message });
    const line = (sql: string) =>
      event(`2026-01-01 00:00:00 UTC::app@shop:[7]:LOG:  duration: 1.000 ms  statement: ${sql}`);
    const { statements, coverage } = await readText(
      `{"events":[${line('SELECT 1')},{"message":"a" "b"},{"other":[{"message":1}]},${line('SELECT 2')}`,
    );
    expect(statements.map(({ sql }) => sql)).toEqual(['SELECT 1', 'SELECT 2']);
    expect(coverage.damagedRecords).toBe(1);
  });
});

describe('syslog', () => {
  const head = (pid: number, text: string) => `Feb  3 04:05:06 db postgres[${pid}]: ${text}\n`;

  it('is put together where the messages of processes mix', async () => {
    const { statements } = await readText(
      head(1, '[4-1] LOG:  duration: 1.000 ms  statement: SELECT') +
        head(2, '[9-1] LOG:  duration: 2.000 ms  statement: SELECT') +
        head(1, '[4-2] #011a') +
        head(2, '[9-2] #011b') +
        head(2, '[9-3]  c'),
    );
    expect(statements.map(({ sql, session }) => [session, sql])).toEqual([
      ['1', 'SELECT\na'],
      ['2', 'SELECT\nb c'],
    ]);
  });

  it('may have lines of other programs, and messages without numbers', async () => {
    const { statements, coverage } = await readText(
      'Feb  3 04:05:06 db sshd[77]: Accepted publickey for root\n' +
        head(1, 'LOG:  duration: 1.000 ms  statement: SELECT') +
        head(1, '#011a') +
        head(1, 'LOG:  duration: 1.000 ms  statement: SELECT 2'),
    );
    expect(statements.map(({ sql }) => sql)).toEqual(['SELECT\na', 'SELECT 2']);
    expect(coverage.unrecognisedLines).toBe(1);
  });

  it('takes a time without a year for the last one that there was', async () => {
    const { statements } = await readText(head(1, 'LOG:  duration: 1.000 ms  statement: SELECT 1'));
    const at = new Date(statements[0]?.timestamp ?? 0);
    expect(at.getUTCMonth()).toBe(1);
    expect(Date.now() - at.getTime()).toBeGreaterThan(-2 * 24 * 3600 * 1000);
    expect(Date.now() - at.getTime()).toBeLessThan(367 * 24 * 3600 * 1000);
  });
});

describe('a log_line_prefix that was given', () => {
  it('is read where it could not be understood by itself', async () => {
    const log =
      '7 shop worker 3 2026-01-01 00:00:00.250 CETLOG:  duration: 1.000 ms  statement: SELECT 1\n' +
      '7 shop worker 3 2026-01-01 00:00:00.500 CETLOG:  duration: 1.000 ms  statement: SELECT 2\n';
    const { statements } = await readText(log, 1 << 16, '%p %d %a %l %m');
    expect(statements).toMatchObject([
      {
        sql: 'SELECT 1',
        session: '7',
        database: 'shop',
        application: 'worker',
        timestamp: Date.UTC(2025, 11, 31, 23, 0, 0, 250),
      },
      { sql: 'SELECT 2' },
    ]);
  });

  it.each([
    ['%m [%p] %q%u@%d ', '2026-01-01 00:00:00.250 UTC [7] app@shop ', { session: '7', user: 'app', database: 'shop' }],
    ['%m [%p] %q%u@%d ', '2026-01-01 00:00:00.250 UTC [7] ', { session: '7' }],
    ['%n %c %x ', '1767225600.250 69559e80.7 0 ', { session: '69559e80.7', timestamp: 1_767_225_600_250 }],
    [
      '%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ',
      '2026-01-01 00:00:00 UTC [7]: [3-1] user=app,db=shop,app=[unknown],client=::1 ',
      { session: '7', user: 'app' },
    ],
    ['%10p|%-8u|%b|%e|%Q%%', '         7|app     |client backend|00000|-77%', { session: '7', user: 'app' }],
  ])('reads %j', async (prefix, text, expected) => {
    const { statements } = await readText(`${text}LOG:  duration: 1.000 ms  statement: SELECT 1\n`, 1 << 16, prefix);
    expect(statements).toMatchObject([{ sql: 'SELECT 1', ...expected }]);
  });

  it('is refused where it has an escape that PostgreSQL does not know', async () => {
    await expect(readText('x\n', 10, '%m %y ')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('"%y"'),
    });
  });
});
