import { describe, expect, it } from 'vitest';
import type { LoggedStatement, QueryLogReport } from '../../../model/query-log.ts';
import { createRandom } from '../../../model/random.ts';
import { analyzeQueryLog } from './analyze-log.ts';
import { readQueryLogs } from './open-log.ts';

const pathOf = (name: string) => new URL(`../../../../fixtures/logs/${name}`, import.meta.url).pathname;
const analyzeRecorded = (name: string) => analyzeQueryLog(readQueryLogs([pathOf(name)]), name);

async function* inTurn(statements: readonly LoggedStatement[]): AsyncGenerator<LoggedStatement> {
  yield* statements;
}
const analyze = (statements: readonly LoggedStatement[]) => analyzeQueryLog(inTurn(statements), 'made.log');

const listSql = 'SELECT id FROM orders LIMIT $1';
const lookUpSql = 'SELECT name FROM customers WHERE id = $1';
const itemsSql = 'SELECT * FROM items WHERE order_id = $1';
const insertSql = 'INSERT INTO audit (body) VALUES ($1)';

/** Writes the log of one session; each statement takes 1 ms and begins 1 ms after the one before. */
function session(name = 's1', startAt = 1_000_001) {
  const statements: LoggedStatement[] = [];
  let now = startAt;
  const run = (sql: string, ...parameters: string[]) => {
    now += 2;
    statements.push({ sql, parameters, durationMs: 1, timestamp: now, session: name });
  };
  return {
    statements,
    run,
    control: (sql: string) => {
      now += 1;
      statements.push({ sql, durationMs: 0, timestamp: now, session: name });
    },
    wait: (ms: number) => {
      now += ms;
    },
    lookUps: (count: number, from = 0) => {
      for (let id = from; id < from + count; id++) run(lookUpSql, String(id));
    },
  };
}

describe('analyzeQueryLog on recorded logs', () => {
  it.each([
    'pg18-stderr-default.log',
    'pg18-stderr-rds.log',
    'pg18-csvlog.csv',
    'pg18-jsonlog.log',
    'pg15-stderr-default-fr.log',
  ])('finds the loops of %s and none in its healthy session', async (name) => {
    const report = await analyzeRecorded(name);
    expect(report.totals).toMatchObject({ statements: 98, errors: 4, sessions: 3 });
    expect(report.nPlusOne).toMatchObject([
      {
        statement: { normalized: 'SELECT id, name FROM customers WHERE id = $1', tables: ['customers'] },
        predecessor: { tables: ['orders'] },
        grade: 'likely',
        bursts: 3,
        callsPerBurst: { min: 20, median: 20, max: 20 },
        calls: 60,
        sessions: 1,
        parametersKnown: true,
      },
      {
        statement: { normalized: 'SELECT name FROM customers WHERE id = $1 AND name <> $2' },
        grade: 'possible',
        calls: 6,
      },
    ]);
    expect(report.writeLoops).toMatchObject([
      { statement: { kind: 'insert', tables: ['notes'] }, grade: 'likely', calls: 10, burstsInTransaction: 1 },
    ]);
    expect(report.duplicates).toContainEqual(
      expect.objectContaining({
        statement: expect.objectContaining({ tables: ['settings'] }),
        grade: 'possible',
        calls: 4,
      }),
    );
    expect(report.errors).toHaveLength(4);
  });

  it('sums up: shares add up to one and the statements to the totals', async () => {
    const { statements, totals, coverage } = await analyzeRecorded('pg18-csvlog.csv');
    expect(statements.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(statements.reduce((sum, { totalMs }) => sum + totalMs, 0)).toBeCloseTo(totals.totalMs);
    expect(statements.reduce((sum, { calls }) => sum + calls, 0)).toBe(totals.statements);
    expect(statements.map(({ totalMs }) => totalMs)).toEqual(
      statements.map(({ totalMs }) => totalMs).sort((a, b) => b - a),
    );
    expect(coverage).toMatchObject({ formats: ['csvlog'], bytes: 61168, lines: 278 });
    expect((totals.lastAt ?? 0) - (totals.firstAt ?? 0)).toBeGreaterThan(1_200);
  });

  it('shows no literal and no value unless asked', async () => {
    const secrets = ['secret-1', 'secret\\nname', "it's, ok", 'theme', 'indented after', '名前'];
    for (const name of ['pg18-stderr-error-parameters.log', 'pg18-jsonlog.log']) {
      const hidden = JSON.stringify(await analyzeRecorded(name));
      const shown = JSON.stringify(await analyzeQueryLog(readQueryLogs([pathOf(name)]), name, { examples: true }));
      for (const secret of secrets) expect(hidden).not.toContain(secret);
      expect(shown).toContain('theme');
    }
  });

  it('says what a log cannot tell', async () => {
    expect((await analyzeRecorded('pg18-jsonlog.log')).warnings).toEqual([]);
    const withoutSession = await analyzeRecorded('pg18-stderr-no-session.log');
    expect(withoutSession.warnings).toEqual([expect.stringContaining('all 98 statements name no process (%p)')]);
    expect(withoutSession.nPlusOne).toEqual([]);
    expect((await analyzeRecorded('pg18-stderr-rds.log')).warnings).toEqual([
      expect.stringContaining('whole seconds (%t)'),
    ]);
    expect((await analyzeRecorded('pg18-stderr-cut-parameters.log')).warnings).toEqual([
      expect.stringContaining('were cut'),
    ]);
  });
});

describe('an N+1 in a log', () => {
  const loops = async (statements: readonly LoggedStatement[]): Promise<QueryLogReport['nPlusOne']> =>
    (await analyze(statements)).nPlusOne;

  it('is five look-ups with differing values after another SELECT, not four', async () => {
    for (const [calls, found] of [
      [5, 1],
      [4, 0],
    ] as const) {
      const log = session();
      log.run(listSql, '10');
      log.lookUps(calls);
      expect(await loops(log.statements)).toHaveLength(found);
    }
  });

  it('is possible when seen twice and likely when one session runs it three times', async () => {
    const log = session();
    for (const grade of ['possible', 'possible', 'likely']) {
      log.run(listSql, '20');
      log.lookUps(20);
      expect(await loops(log.statements)).toMatchObject([{ grade, calls: expect.any(Number) }]);
    }
  });

  it('is likely at once within a transaction', async () => {
    const log = session();
    log.control('BEGIN');
    log.run(listSql, '20');
    log.lookUps(6);
    log.control('COMMIT');
    expect(await loops(log.statements)).toMatchObject([{ grade: 'likely', burstsInTransaction: 1 }]);
  });

  it('is only possible where each look-up has a transaction of its own', async () => {
    const log = session();
    log.run(listSql, '20');
    for (let id = 0; id < 6; id++) {
      log.control('START TRANSACTION READ ONLY');
      log.lookUps(1, id);
      log.control('COMMIT');
    }
    expect(await loops(log.statements)).toMatchObject([{ grade: 'possible', burstsInTransaction: 0 }]);
  });

  it('may have several statements in each turn, which are named', async () => {
    const log = session();
    log.run(listSql, '20');
    for (let id = 0; id < 8; id++) {
      log.lookUps(1, id);
      log.run(itemsSql, String(id));
    }
    const found = await loops(log.statements);
    expect(found).toHaveLength(2);
    for (const candidate of found) {
      expect(candidate).toMatchObject({ calls: 8, predecessor: { tables: ['orders'] } });
      expect(candidate.cycle).toHaveLength(1);
    }
  });

  it('is not seen across a pause, another statement, or two sessions', async () => {
    const paused = session();
    paused.run(listSql, '10');
    paused.lookUps(4);
    paused.wait(150);
    paused.lookUps(4, 4);
    expect(await loops(paused.statements)).toEqual([]);

    const interrupted = session();
    for (const from of [0, 3, 6]) {
      interrupted.run(listSql, '10');
      interrupted.lookUps(3, from);
    }
    expect(await loops(interrupted.statements)).toEqual([]);

    const [one, other] = [session('s1'), session('s2')];
    for (const log of [one, other]) {
      log.run(listSql, '10');
      log.lookUps(4);
    }
    expect(await loops([...one.statements, ...other.statements])).toEqual([]);
  });

  it('is not seen without a SELECT before it, or after a write', async () => {
    const log = session();
    log.lookUps(10);
    log.wait(500);
    log.run(insertSql, 'x');
    log.lookUps(10);
    expect(await loops(log.statements)).toEqual([]);
  });

  it('is no N+1 where the values are the same, but a duplicate', async () => {
    const log = session();
    log.run(listSql, '10');
    for (let call = 0; call < 10; call++) log.run(lookUpSql, '7');
    expect(await analyze(log.statements)).toMatchObject({
      nPlusOne: [],
      duplicates: [{ calls: 10, bursts: 1, totalMs: 10, repeatedMs: 9 }],
    });
  });

  it('may repeat some values: rows of one page share their customers', async () => {
    const log = session();
    log.run(listSql, '10');
    for (const id of [1, 2, 1, 3, 4, 2, 5]) log.run(lookUpSql, String(id));
    expect(await loops(log.statements)).toMatchObject([{ calls: 7 }]);
  });

  it('is told as unsure where no values were logged', async () => {
    const log = session();
    log.run(listSql, '10');
    log.lookUps(10);
    const bare = log.statements.map(({ parameters: _, ...statement }) => statement);
    const report = await analyze(bare);
    expect(report.nPlusOne).toMatchObject([{ parametersKnown: false }]);
    expect(report.duplicates).toEqual([]);
    expect(report.warnings).toContainEqual(expect.stringContaining('have no values'));
  });

  it('tells literals in the text from each other, not comments', async () => {
    const log = session();
    log.run('SELECT id FROM orders LIMIT 10');
    for (let id = 0; id < 6; id++) log.run(`SELECT name FROM customers WHERE id = ${id} /*traceparent='00-${id}'*/`);
    for (let call = 0; call < 3; call++) log.run(`SELECT 'x' FROM settings /*traceparent='00-${call}'*/`);
    const report = await analyze(log.statements.map(({ parameters: _, ...statement }) => statement));
    expect(report.nPlusOne).toMatchObject([{ calls: 6, statement: { normalized: lookUpSql } }]);
    expect(report.duplicates).toMatchObject([{ calls: 3 }]);
  });

  it('is never likely in a pool that mixes healthy requests', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = createRandom(seed);
      const pool = Array.from({ length: 5 }, (_, index) => session(`s${index}`));
      const lookUpShare = [0.5, 0.8, 0.9, 0.97][seed % 4] ?? 0.5;
      for (let request = 0; request < 4_000; request++) {
        const connection = pool[Math.floor(random() * pool.length)];
        if (random() < lookUpShare) connection?.lookUps(1, Math.floor(random() * 1e6));
        else connection?.run(listSql, '20');
      }
      const found = await loops(pool.flatMap(({ statements }) => statements));
      expect(found.map(({ grade }) => grade)).toEqual(['possible']);
    }
  });

  it('stays likely among the mixed requests of a pool where pages have nearly one length', async () => {
    const random = createRandom(3);
    const pool = Array.from({ length: 5 }, (_, index) => session(`s${index}`));
    for (let request = 0; request < 400; request++) {
      const connection = pool[Math.floor(random() * pool.length)];
      connection?.run(listSql, '20');
      connection?.lookUps(18 + Math.floor(random() * 3), request * 20);
      if (random() < 0.3) connection?.run(itemsSql, String(request));
    }
    expect(await loops(pool.flatMap(({ statements }) => statements))).toMatchObject([
      { grade: 'likely', bursts: 400, sessions: 5 },
    ]);
  });
});

describe('a duplicate in a log', () => {
  const duplicates = async (statements: readonly LoggedStatement[]) => (await analyze(statements)).duplicates;

  it('is the same SELECT three times within a second, not twice and not slower', async () => {
    const twice = session();
    for (let call = 0; call < 2; call++) twice.run(lookUpSql, '7');
    expect(await duplicates(twice.statements)).toEqual([]);

    const slow = session();
    for (let call = 0; call < 6; call++) {
      slow.run(lookUpSql, '7');
      slow.wait(600);
    }
    expect(await duplicates(slow.statements)).toEqual([]);

    const spread = session();
    for (let call = 0; call < 3; call++) {
      spread.run(lookUpSql, '7');
      spread.run(itemsSql, String(call));
      spread.wait(200);
    }
    expect(await duplicates(spread.statements)).toMatchObject([{ calls: 3, grade: 'possible' }]);
  });

  it('is likely within a transaction', async () => {
    const log = session();
    log.control('BEGIN');
    for (let call = 0; call < 3; call++) log.run(lookUpSql, '7');
    log.control('ROLLBACK');
    expect(await duplicates(log.statements)).toMatchObject([{ grade: 'likely' }]);
  });

  it('is not claimed for values that were cut', async () => {
    const log = session();
    for (let call = 0; call < 5; call++) log.run(lookUpSql, 'abcdefgh...');
    expect(await duplicates(log.statements.map((statement) => ({ ...statement, cutParameters: [0] })))).toEqual([]);
  });
});

describe('a write loop in a log', () => {
  it('is five writes of one kind in a row, also with equal values', async () => {
    for (const [calls, found] of [
      [5, 1],
      [4, 0],
    ] as const) {
      const log = session();
      for (let call = 0; call < calls; call++) log.run(insertSql, 'x');
      expect((await analyze(log.statements)).writeLoops).toHaveLength(found);
    }
  });

  it('is likely where one session runs it again and again, in transactions of one write each', async () => {
    const log = session();
    for (let round = 0; round < 3; round++) {
      for (let row = 0; row < 30; row++) {
        log.control('BEGIN');
        log.run(insertSql, String(row));
        log.control('COMMIT');
      }
      log.wait(200);
    }
    expect((await analyze(log.statements)).writeLoops).toMatchObject([
      { grade: 'likely', bursts: 3, burstsInTransaction: 0 },
    ]);
  });
});

describe('a log without end', () => {
  it('keeps a bounded number of statements and counts the others', async () => {
    const log = session();
    for (let column = 0; column < 5_200; column++) log.run(`SELECT c${column} FROM wide`);
    const report = await analyze(log.statements);
    expect(report.statements).toHaveLength(5_000);
    expect(report.other).toEqual({ calls: 200, totalMs: 200 });
    expect(report.totals.statements).toBe(5_200);
  });

  it('gives up the sessions that were silent longest, with what they had', async () => {
    const logs = Array.from({ length: 2_100 }, (_, index) => session(`s${index}`));
    for (const log of logs) {
      log.run(listSql, '10');
      log.lookUps(5);
    }
    const { nPlusOne, totals } = await analyze(logs.flatMap(({ statements }) => statements));
    expect(nPlusOne).toMatchObject([{ bursts: 2_100, sessions: 2_100, grade: 'possible' }]);
    expect(totals.sessions).toBe(2_100);
  });

  it('describes a statement of megabytes that was cut without showing its literal', async () => {
    const log = session();
    log.run(`INSERT INTO t VALUES ('${'secret '.repeat(250_000)}`);
    const report = await analyze(log.statements.map((statement) => ({ ...statement, cut: true as const })));
    expect(report.statements[0]?.statement.normalized).toBe('INSERT INTO t VALUES ($1');
  });
});

describe('a statement made to cost time', () => {
  it.each([
    ['spaces', `SELECT 1${' '.repeat(1_500_000)}x`],
    ['semicolons', `SELECT 1${'; '.repeat(240_000)}x`],
    ['open comments', `SELECT 1 ${'/*'.repeat(240_000)}`],
    ['quotes', `SELECT ${"'".repeat(400_001)}`],
    ['dollars', `SELECT ${'$a'.repeat(200_000)}`],
    ['escapes', `SELECT E'${"\\'".repeat(200_000)}`],
    ['parentheses', `SELECT ${'('.repeat(400_000)}`],
    ['operators', `SELECT ${'-+/'.repeat(150_000)}`],
  ])('takes little of it: %s', async (_, sql) => {
    const started = performance.now();
    expect((await analyze([{ sql, durationMs: 1, session: 's1' }])).totals.statements).toBe(1);
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe('a log of slow statements only', () => {
  it('is told from a whole one', async () => {
    const log = session();
    log.lookUps(20);
    const slow = log.statements.map((statement) => ({ ...statement, durationMs: 250 }));
    expect((await analyze(slow)).warnings).toEqual([expect.stringContaining('no statement took less than 250 ms')]);
    expect((await analyze(slow.slice(0, 19))).warnings).toEqual([]);
  });

  it('has totals without times where no duration was logged', async () => {
    const report = await analyze([{ sql: lookUpSql, parameters: ['1'], session: 's1' }]);
    expect(report.statements).toEqual([
      {
        statement: expect.objectContaining({ normalized: lookUpSql }),
        calls: 1,
        errors: 0,
        timedCalls: 0,
        totalMs: 0,
        share: 0,
      },
    ]);
    expect(report.warnings).toEqual([
      expect.stringContaining('no time (%m)'),
      expect.stringContaining('no durations were logged'),
    ]);
    expect(report.totals).not.toHaveProperty('firstAt');
  });
});
