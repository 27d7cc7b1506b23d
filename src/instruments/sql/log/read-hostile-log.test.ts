import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { LogCoverage, LoggedStatement } from '../../../model/query-log.ts';
import { maxRecordBytes } from './log-entry.ts';
import { readQueryLog } from './read-log.ts';

const recorded = (name: string) => readFile(new URL(`../../../../fixtures/logs/${name}`, import.meta.url));

async function read(
  content: string | Buffer,
): Promise<{ statements: readonly LoggedStatement[]; coverage: LogCoverage }> {
  const log = readQueryLog(chunks(Buffer.from(content)), { path: 'some.log' });
  const statements: LoggedStatement[] = [];
  for await (const statement of log) statements.push(statement);
  return { statements, coverage: log.coverage() };
}

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

const sqlOf = ({ statements }: { statements: readonly LoggedStatement[] }) => statements.map(({ sql }) => sql);

let clock = 0;
const line = (text: string, pid = 1, word = 'LOG') =>
  `2026-01-01 00:00:00.${String(clock++ % 1000).padStart(3, '0')} UTC [${pid}] ${word}:  ${text}\n`;

describe('a log that is none', () => {
  it.each([
    ['is empty', '', 'log-empty', 'some.log is empty'],
    ['is compressed', gzipSync('LOG:  statement: SELECT 1'), 'log-binary', 'some.log is compressed with gzip'],
    ['is binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0]), 'log-binary', 'some.log is not a text file'],
    ['is UTF-16', Buffer.from('2026-01-01 LOG:  statement: SELECT 1', 'utf16le'), 'log-binary', 'not a text file'],
    ['is of another program', 'GET /orders 200\nGET /users 500\n', 'log-unrecognised', 'no statement in its 2 lines'],
    ['has no statement', line('database system is ready'), 'log-unrecognised', 'no statement in its 1 lines'],
    ['has durations alone', line('duration: 0.100 ms'), 'log-unrecognised', 'no statement'],
    ['is JSON of another program', '{"message":"started","level":"info"}\n', 'log-unrecognised', 'no statement'],
    [
      'has JSON values of wrong types',
      '{"timestamp":[],"pid":{},"message":7}\n[]\n',
      'log-unrecognised',
      'no statement',
    ],
  ])('is refused where it %s', async (_, content, code, message) => {
    await expect(read(content)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('is known by its beginning, before the rest is read', async () => {
    let served = 0;
    const endless = async function* () {
      for (; served < 100; served++) yield gzipSync(Buffer.alloc(100_000, served));
    };
    const log = readQueryLog(endless(), { path: '-' });
    await expect(log[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'log-binary' });
    expect(served).toBe(0);
  });
});

describe('a damaged stderr log', () => {
  it('may begin and end in the middle of a record', async () => {
    const whole = (await recorded('pg18-stderr-default.log')).toString();
    const begin = whole.indexOf('FROM orders o') + 3;
    const end = whole.lastIndexOf('execute <unnamed>') + 30;
    const { statements, coverage } = await read(whole.slice(begin, end));
    expect(statements.length).toBeGreaterThan(90);
    expect(statements.at(-1)).toMatchObject({ sql: 'SELECT id F', cut: true });
    expect(coverage).toMatchObject({ unrecognisedLines: 3, cutRecords: 1 });
  });

  it('keeps the beginning of a line of 5 MB and goes on after it', async () => {
    const huge = 'x'.repeat(5 * 1024 * 1024);
    const log =
      line(`duration: 1.000 ms  statement: INSERT INTO t VALUES ('${huge}')`) +
      line('duration: 2.000 ms  statement: SELECT 2');
    const { statements, coverage } = await read(log);
    expect(statements).toHaveLength(2);
    expect(statements[0]).toMatchObject({ cut: true, durationMs: 1 });
    expect(statements[0]?.sql.length).toBeLessThanOrEqual(maxRecordBytes);
    expect(statements[1]).toMatchObject({ sql: 'SELECT 2' });
    expect(coverage.cutRecords).toBe(1);
  });

  it('keeps the beginning of a record of 5 MB in many lines', async () => {
    const lines = '\tSELECT 1 UNION\n'.repeat(350_000);
    const { statements } = await read(
      line('duration: 1.000 ms  statement:  SELECT 0 UNION') + lines + line('statement: SELECT 2'),
    );
    expect(statements).toHaveLength(2);
    expect(statements[0]?.sql.length).toBeLessThanOrEqual(maxRecordBytes);
  });

  it.each(['pg18-stderr-default.log', 'pg18-csvlog.csv', 'pg18-jsonlog.log'])('may have CR LF: %s', async (name) => {
    // The recording has one CR of its own, within a value; in the JSON log it is escaped.
    const whole = (await recorded(name)).toString();
    const windows = await read(whole.replaceAll('\n', '\r\n'));
    expect(windows).toMatchObject({ statements: (await read(whole)).statements, coverage: { damagedRecords: 0 } });
  });

  it('may interleave the processes in every way that keeps the lines of one in order', async () => {
    const log =
      line('duration: 1.000 ms  parse <unnamed>: SELECT $1', 1) +
      line('duration: 10.000 ms  parse <unnamed>: SELECT $1, 2', 2) +
      line('duration: 2.000 ms  bind <unnamed>: SELECT $1', 1) +
      line('duration: 20.000 ms  bind <unnamed>: SELECT $1, 2', 2) +
      line("Parameters: $1 = 'one'", 1, 'DETAIL') +
      line("Parameters: $1 = 'two'", 2, 'DETAIL') +
      line('duration: 4.000 ms  execute <unnamed>: SELECT $1', 1) +
      line('duration: 40.000 ms  execute <unnamed>: SELECT $1, 2', 2) +
      line("Parameters: $1 = 'two'", 2, 'DETAIL') +
      line("Parameters: $1 = 'one'", 1, 'DETAIL') +
      line('division by zero', 2, 'ERROR') +
      line('duplicate key', 1, 'ERROR') +
      line('SELECT failed_1', 1, 'STATEMENT') +
      line('SELECT failed_2', 2, 'STATEMENT');
    const { statements } = await read(log);
    expect(statements).toHaveLength(4);
    expect(statements.filter((statement) => statement.session === '1')).toMatchObject([
      { sql: 'SELECT $1', parameters: ['one'], durationMs: 7 },
      { sql: 'SELECT failed_1', error: 'duplicate key' },
    ]);
    expect(statements.filter((statement) => statement.session === '2')).toMatchObject([
      { sql: 'SELECT $1, 2', parameters: ['two'], durationMs: 70 },
      { sql: 'SELECT failed_2', error: 'division by zero' },
    ]);
  });

  it('may have output of other programs between its records', async () => {
    const log = `npm start\n${line('duration: 1.000 ms  statement: SELECT 1')}Error: something else\n${line('duration: 1.000 ms  statement: SELECT 2')}`;
    const found = await read(log);
    expect(sqlOf(found)).toEqual(['SELECT 1', 'SELECT 2']);
    expect(found.coverage.unrecognisedLines).toBe(2);
  });

  it('may have bytes that are not UTF-8', async () => {
    const log = Buffer.concat([
      Buffer.from(line("duration: 1.000 ms  statement: SELECT 'caf")).subarray(0, -1),
      Buffer.from([0xe9, 0xff, 0x27, 0x0a]),
      Buffer.from(line('duration: 1.000 ms  statement: SELECT 2')),
    ]);
    expect(sqlOf(await read(log))).toEqual(["SELECT 'caf\uFFFD\uFFFD'", 'SELECT 2']);
  });

  it('may come from docker compose, which names the container before each line', async () => {
    const whole = (await recorded('pg18-stderr-default.log')).toString();
    const wrapped = whole.replace(/^(?!$)/gm, 'db-1  | ');
    expect((await read(wrapped)).statements).toEqual((await read(whole)).statements);
  });

  it('may have a byte order mark, and lines that an editor has trimmed', async () => {
    const log = `\uFEFF${line('duration: 1.000 ms  statement: SELECT 1,')}\n\t2\n`;
    expect(sqlOf(await read(log))).toEqual(['SELECT 1,\n\n2']);
  });

  it('adds the rows that a cursor fetches later to the same execution', async () => {
    const log =
      line('duration: 3.000 ms  execute S_1/C_2: SELECT * FROM big') +
      line('duration: 1.000 ms  execute fetch from S_1/C_2: SELECT * FROM big') +
      line('duration: 1.000 ms  execute fetch from S_1/C_2: SELECT * FROM big');
    expect((await read(log)).statements).toMatchObject([{ sql: 'SELECT * FROM big', durationMs: 5 }]);
  });

  it('has statements without durations under log_statement alone', async () => {
    const { statements } = await read(line('statement: SELECT 1') + line('statement: SELECT 2'));
    expect(statements).toHaveLength(2);
    expect(statements[0]).not.toHaveProperty('durationMs');
  });

  it('may have both log_statement and log_min_duration_statement', async () => {
    const log =
      line('duration: 1.000 ms  parse <unnamed>: SELECT $1') +
      line('duration: 2.000 ms  bind <unnamed>: SELECT $1') +
      line('execute <unnamed>: SELECT $1') +
      line("Parameters: $1 = 'a'", 1, 'DETAIL') +
      line('duration: 4.000 ms');
    expect((await read(log)).statements).toMatchObject([{ sql: 'SELECT $1', parameters: ['a'], durationMs: 7 }]);
  });
});

describe('a damaged csvlog', () => {
  const record = (sql: string, end = ',,,,,,,,,"shop","client backend",,0\n') =>
    `2026-01-01 00:00:00.000 UTC,"app","db",7,"127.0.0.1:1",6b03ec1d.2de8,1,"SELECT",2026-01-01 00:00:00 UTC,3/2,0,LOG,00000,"duration: 1.000 ms  statement: ${sql}"${end}`;

  it('goes on after a record whose quotes are not balanced', async () => {
    const log = `${record('SELECT 1')}${record('SELECT "', '\n')}${record('SELECT 3')}`;
    const found = await read(log);
    expect(sqlOf(found)).toEqual(['SELECT 1', 'SELECT 3']);
    expect(found.coverage.damagedRecords).toBe(1);
  });

  it('is not misled by a statement that holds a csvlog record', async () => {
    const inner = record('SELECT 666').trimEnd().replaceAll('"', '""');
    const found = await read(record(`SELECT '\n${inner}\n'`) + record('SELECT 2'));
    expect(found.statements).toHaveLength(2);
    expect(found.statements[0]?.sql).toContain('SELECT 666');
  });

  it('drops a last record that ends too early', async () => {
    const found = await read(record('SELECT 1') + record('SELECT 2').slice(0, -40));
    expect(sqlOf(found)).toEqual(['SELECT 1']);
    expect(found.coverage.damagedRecords).toBe(1);
  });

  it('keeps the beginning of a record of 5 MB and goes on after it', async () => {
    const found = await read(record(`SELECT '${'x'.repeat(5_000_000)}'`) + record('SELECT 2'));
    expect(found.statements).toHaveLength(2);
    expect(found.statements[0]).toMatchObject({ cut: true, durationMs: 1 });
    expect(found.statements[1]).toMatchObject({ sql: 'SELECT 2' });
  });

  it('may begin in the middle of a record', async () => {
    const whole = (await recorded('pg18-csvlog.csv')).toString();
    const { statements } = await read(whole.slice(whole.indexOf('o.customer_id')));
    expect(statements.length).toBeGreaterThan(95);
  });
});

describe('a damaged jsonlog', () => {
  const record = (sql: string, rest = '') =>
    `{"timestamp":"2026-01-01 00:00:00.000 UTC","session_id":"6b03ec1d.2de8","error_severity":"LOG","message":"duration: 1.000 ms  statement: ${sql}"${rest}}\n`;

  it('passes over lines that are cut, nested without end, or no objects', async () => {
    const deep = `{"message":${'['.repeat(100_000)}\n`;
    const found = await read(
      `${record('SELECT 1')}${record('SELECT 2').slice(0, 60)}\n${deep}[1]\nnull\n${record('SELECT 3')}`,
    );
    expect(sqlOf(found)).toEqual(['SELECT 1', 'SELECT 3']);
    expect(found.coverage).toMatchObject({ damagedRecords: 2, unrecognisedLines: 2 });
  });

  it('keeps the beginning of a line of 5 MB, also where the cut parts an escape', async () => {
    for (const filler of ['x', '\\n', '\\\\', '\\u00e9']) {
      const found = await read(
        record('SELECT 1') +
          record(`SELECT '${filler.repeat(1_000_000)}`) +
          record(`SELECT '${filler.repeat(5_000_000 / filler.length)}`) +
          record('SELECT 3'),
      );
      expect(found.statements).toHaveLength(4);
      expect(found.statements.at(-1)?.sql).toBe('SELECT 3');
      expect(found.statements[2]?.cut).toBe(true);
    }
  });

  it('never lets a key of the record reach an object prototype', async () => {
    const found = await read(record('SELECT 1', ',"__proto__":{"polluted":true}'));
    expect(found.statements).toHaveLength(1);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('many sessions', () => {
  it("are read in bounded memory: each statement comes out once, in its session's order", async () => {
    const log = Array.from({ length: 3_000 }, (_, pid) =>
      line(`duration: 1.000 ms  execute a: SELECT ${pid}`, pid),
    ).join('');
    const { statements } = await read(log + log);
    expect(statements).toHaveLength(6_000);
    expect(new Set(statements.map(({ session }) => session)).size).toBe(3_000);
  });
});

describe('a log whose first record is of another format', () => {
  const json = `${JSON.stringify({ timestamp: '2026-01-01 00:00:00.001 UTC', pid: 1, error_severity: 'LOG', message: 'duration: 1.000 ms  statement: SELECT 1' })}\n`;
  const csv = `2026-01-01 00:00:00.001 UTC,"postgres","app",1,"127.0.0.1:1",6b0d4ce6.1,1,"SELECT",2026-01-01 00:00:00 UTC,3/1,0,LOG,00000,"duration: 1.000 ms  statement: SELECT 1",,,,,,,,,"","client backend",,0\n`;
  const plain = (sql: string) => line(`duration: 1.000 ms  statement: ${sql}`);

  it.each([
    ['jsonlog', json],
    ['csvlog', csv],
  ])('is plain text, where a server whose %s was switched off wrote the last of it there', async (format, record) => {
    const alone = await read(record);
    expect(alone.coverage.formats).toEqual([format]);
    expect(sqlOf(alone)).toEqual(['SELECT 1']);
    expect((await read(record + record)).coverage.formats).toEqual([format]);
    const many = [2, 3, 4, 5].map((n) => plain(`SELECT ${n}`)).join('');
    for (const stray of [record, record + record]) {
      const mixed = await read(stray + many);
      expect(mixed.coverage).toMatchObject({ formats: ['stderr'], unrecognisedLines: stray === record ? 1 : 2 });
      expect(sqlOf(mixed)).toEqual(['SELECT 2', 'SELECT 3', 'SELECT 4', 'SELECT 5']);
    }
  });

  it.each([
    ['jsonlog', json],
    ['csvlog', csv],
  ])('is %s, where one plain line strayed into it', async (format, record) => {
    const strayed = await read(record + plain('SELECT 2') + record.repeat(20));
    expect(strayed.coverage.formats).toEqual([format]);
    expect(sqlOf(strayed)).toHaveLength(21);
  });

  it('is csvlog, whatever the lines of its first text look like', async () => {
    const lines = [
      'SELECT 1',
      ...Array.from({ length: 12 }, (_, n) => `2026-01-01 00:00:00.001 UTC [${n}] LOG:  b`),
      '-- NOTICE: c',
    ];
    const first = csv.replace('SELECT 1', lines.join('\n'));
    const whole = await read(first + csv.repeat(3));
    expect(whole.coverage).toMatchObject({ formats: ['csvlog'], unrecognisedLines: 0 });
    expect(sqlOf(whole)).toHaveLength(4);
  });
});
