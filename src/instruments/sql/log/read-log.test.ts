import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { LoggedStatement } from '../../../model/query-log.ts';
import { openLog } from './open-log.ts';
import { readQueryLog } from './read-log.ts';

const folder = new URL('../../../../fixtures/logs/', import.meta.url);
const pathOf = (name: string) => new URL(name, folder).pathname;

async function read(name: string): Promise<readonly LoggedStatement[]> {
  return collect(readQueryLog(openLog(pathOf(name)), { path: name }));
}

type Fields = (statement: LoggedStatement) => unknown;

/** What each session ran, in its order, sessions by their number of statements: the same whatever was recorded. */
async function bySession(name: string, fields: Fields): Promise<readonly (readonly unknown[])[]> {
  const sessions = new Map<string, unknown[]>();
  for (const statement of await read(name)) {
    const list = sessions.get(statement.session) ?? [];
    sessions.set(statement.session, [...list, fields(statement)]);
  }
  return [...sessions.values()].sort((a, b) => b.length - a.length).filter((list) => list.length > 1);
}

const textAndValues: Fields = ({ sql, parameters, error }) => ({ sql, parameters, failed: error !== undefined });
const text: Fields = ({ sql, error }) => ({ sql, failed: error !== undefined });

const insertedValues = [
  "it's, ok",
  'a "quoted", value',
  'first line\nsecond line\n\n\tindented after a blank line',
  'carriage\r\nreturn',
  '名前, Ünïcødé 🐘',
  'back\\slash $1 = NULL, $2',
  "', $2 = 'x",
  '2026-01-01 00:00:00.000 UTC [1] LOG:  duration: 1.000 ms  statement: SELECT 666',
  '',
  null,
];

describe('readQueryLog on recorded logs', () => {
  it.each([
    'pg18-stderr-default.log',
    'pg18-stderr-debian.log',
    'pg18-stderr-rds.log',
    'pg18-stderr-verbose.log',
    'pg18-stderr-log-statement.log',
    'pg18-csvlog.csv',
    'pg15-csvlog.csv',
    'pg15-stderr-default.log',
    'pg15-stderr-default-de.log',
    'pg15-stderr-default-fr.log',
    'pg15-stderr-default-es.log',
  ])('gives the statements of the jsonlog from %s', async (name) => {
    // With log_statement the text of a failing statement is logged before it fails, and so are its values.
    const fields = name.includes('log-statement') ? text : textAndValues;
    expect(await bySession(name, fields)).toEqual(await bySession('pg18-jsonlog.log', fields));
  });

  it('reads values that hold separators, quotes, line ends and lines of a log', async () => {
    const statements = await read('pg18-stderr-default.log');
    const inserts = statements.filter(({ sql }) => sql.startsWith('INSERT INTO notes'));
    expect(inserts.map(({ parameters }) => parameters?.[0])).toEqual(insertedValues);
    expect(statements.find(({ sql }) => sql.includes('::text AS a'))?.parameters).toEqual([
      "it's, ok",
      null,
      'line\nbreak',
    ]);
  });

  it('keeps the lines, tabs and blank lines of a statement', async () => {
    const sql =
      'SELECT o.id,\n       o.customer_id\n\n\tFROM orders o -- "newest", first\n ORDER BY o.id DESC\n LIMIT $1';
    for (const name of ['pg18-stderr-default.log', 'pg18-csvlog.csv', 'pg18-jsonlog.log']) {
      expect((await read(name)).filter((statement) => statement.sql === sql)).toHaveLength(3);
    }
  });

  it('counts parse, bind and execute once and adds their times', async () => {
    const [first] = await read('pg18-stderr-default.log');
    expect(first).toMatchObject({
      parameters: ['20'],
      session: '11342',
      timestamp: Date.UTC(2026, 10, 23, 7, 32, 23, 851),
    });
    expect(first?.durationMs).toBe(1.532); // 0.923 + 0.565 + 0.044
  });

  it('adds the bare durations of log_duration to the statement that log_statement wrote', async () => {
    const statements = await read('pg18-stderr-log-statement.log');
    expect(statements.find(({ sql }) => sql.startsWith('SELECT o.id'))?.durationMs).toBe(1.152); // 0.745 + 0.379 + 0.028
    // The session that made the tables turned log_duration off, so one statement has no duration.
    const untimed = statements.filter(({ durationMs, error }) => durationMs === undefined && error === undefined);
    expect(untimed.map(({ sql }) => sql)).toEqual([expect.stringMatching(/^SET /)]);
  });

  it('knows who ran a statement where the log says so', async () => {
    const who = { user: 'app', database: 'postgres' };
    expect((await read('pg18-jsonlog.log'))[0]).toMatchObject({ ...who, application: 'worker' });
    expect((await read('pg18-stderr-verbose.log'))[0]).toMatchObject({ ...who, application: 'worker' });
    expect((await read('pg18-stderr-rds.log'))[0]).toMatchObject(who);
  });

  it.each([
    ['pg18-csvlog.csv', ['23505', '22012', '42601', '22P02']],
    ['pg18-jsonlog.log', ['23505', '22012', '42601', '22P02']],
    ['pg18-stderr-verbose.log', ['23505', '22012', '42601', '22P02']],
    [
      'pg18-stderr-default.log',
      [
        'duplicate key value violates unique constraint "customers_pkey"',
        'division by zero',
        'syntax error at or near "…"',
        'invalid input syntax for type integer: "…"',
      ],
    ],
  ])('names the errors of %s without values', async (name, errors) => {
    const failed = (await read(name)).filter(({ error }) => error !== undefined);
    expect(failed.map(({ error }) => error)).toEqual(errors);
    expect(failed.every(({ durationMs }) => durationMs === undefined)).toBe(true);
  });

  it('finds the values of a failed statement in its context', async () => {
    const statements = await read('pg18-stderr-error-parameters.log');
    const failed = statements.filter(({ error }) => error !== undefined);
    expect(failed.map(({ parameters }) => parameters)).toEqual([['1', 'secret\nname'], ['0'], undefined, undefined]);
  });

  it('marks the values that the server cut', async () => {
    const statements = await read('pg18-stderr-cut-parameters.log');
    const inserts = statements.filter(({ sql }) => sql.startsWith('INSERT INTO notes'));
    expect(inserts[1]).toMatchObject({ parameters: ['a "quote...'], cutParameters: [0] });
    expect(inserts.at(-1)).not.toHaveProperty('cutParameters');
  });

  it('has no session where the prefix has none', async () => {
    const statements = await read('pg18-stderr-no-session.log');
    expect(statements).toHaveLength(98);
    expect(new Set(statements.map(({ session }) => session))).toEqual(new Set(['']));
  });

  it.each([
    ['13', '$1', 24],
    ['12', '', 23],
  ])('reads csvlog as PostgreSQL %s writes it', async (_, keptColumns, columns) => {
    const log = await readFile(pathOf('pg18-csvlog.csv'), 'utf8');
    const older = log.replace(/(,"[a-z ]+"),\d*,-?\d+$/gm, keptColumns);
    expect(
      older
        .split('\n')[0]
        ?.replace(/"[^"]*"/g, '')
        .split(','),
    ).toHaveLength(columns);
    const statements = await collect(readQueryLog(chunks(older), { path: 'csv' }));
    expect(statements).toEqual(await read('pg18-csvlog.csv'));
  });

  it('reads the same in chunks of every size', async () => {
    const whole = await read('pg18-stderr-default.log');
    const bytes = await readFile(pathOf('pg18-stderr-default.log'));
    for (const size of [1, 7, 4096]) {
      const log = readQueryLog(chunks(bytes, size), { path: 'log' });
      expect(await collect(log)).toEqual(whole);
      expect(log.coverage()).toMatchObject({ bytes: bytes.length, lines: 451, formats: ['stderr'] });
    }
  });
});

async function collect(statements: AsyncIterable<LoggedStatement>): Promise<readonly LoggedStatement[]> {
  const all: LoggedStatement[] = [];
  for await (const statement of statements) all.push(statement);
  return all;
}

async function* chunks(content: string | Buffer, size = 1 << 16): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(content);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
