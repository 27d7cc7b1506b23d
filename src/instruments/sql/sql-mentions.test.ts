import { beforeAll, describe, expect, it } from 'vitest';
import { mentionsIn, mentionsOf, runsText } from './sql-mentions.ts';
import { loadParser, parseStatement } from './statement.ts';

beforeAll(loadParser);

describe('the mentions of a statement', () => {
  it('are functions, operators, attributes, tables and types, wherever they stand', () => {
    const sql = `SELECT app.f(a.total), (a).note, x::email FROM app.orders a JOIN t USING (id)
      WHERE a.x ### 1 AND EXISTS (SELECT g(1) FROM u) ORDER BY 1 USING <<<`;
    expect(mentionsOf(parseStatement(sql))).toEqual({
      functions: [['app', 'f'], ['g']],
      operators: ['###', '<<<'],
      fields: expect.arrayContaining(['total', 'note']),
      relations: [['app', 'orders'], ['t'], ['u']],
      types: [['email'], ['app', 'f'], ['g']],
    });
  });

  it('are the tables that it writes, and the types of their rows', () => {
    for (const sql of ['INSERT INTO app.t VALUES (1)', 'UPDATE app.t SET a = 1', 'DELETE FROM app.t']) {
      expect(mentionsOf(parseStatement(sql))).toMatchObject({ relations: [['app', 't']], types: [['app', 't']] });
    }
  });

  it('are the types of parameters and results in the definition of a function', () => {
    const sql = 'CREATE FUNCTION f(a email, b t.c%TYPE) RETURNS SETOF pair LANGUAGE sql AS $$ SELECT 1 $$';
    expect(mentionsOf(parseStatement(sql))).toMatchObject({
      types: expect.arrayContaining([['email'], ['pair']]),
      relations: [['t']],
    });
  });
});

describe('the mentions in PL/pgSQL', () => {
  it('are its words, and not those of strings and comments', () => {
    const source = `DECLARE x "Email" := app.make('none(1)'); BEGIN -- other()
      PERFORM "Lock" (1) FROM app.orders WHERE a ### 1; /* more() */ END`;
    const mentions = mentionsIn(source);
    expect(mentions.functions).toEqual([['app', 'make'], ['Lock']]);
    expect(mentions.operators).toContain('###');
    expect(mentions.relations).toEqual(expect.arrayContaining([['app', 'orders'], ['Email'], ['perform']]));
    expect(JSON.stringify(mentions)).not.toMatch(/none|other|more/);
  });

  it('cannot be told where a statement is put together', () => {
    expect(runsText("BEGIN EXECUTE 'SELECT ' || x; END")).toBe(true);
    expect(runsText('FOR r IN execute q LOOP')).toBe(true);
    expect(runsText("BEGIN x := 'EXECUTE'; executed := 1; -- EXECUTE\nEND")).toBe(false);
  });
});
