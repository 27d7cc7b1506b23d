import { beforeAll, describe, expect, test } from 'vitest';
import { normalizeText } from './normalized-text.ts';
import { describeStatement, loadParser, parseStatement, splitStatements } from './statement.ts';

beforeAll(loadParser);

const normalized = (sql: string) => describeStatement(sql).normalized;

describe('fingerprints', () => {
  test('literals, bound values, white space and comments do not matter', () => {
    const { fingerprint } = describeStatement('SELECT name FROM users WHERE id = $1');
    expect(fingerprint).toMatch(/^[0-9a-f]{16}:scalar$/);
    expect(describeStatement("select  name from users\nwhere id = 'x' /* trace 4711 */").fingerprint).toBe(fingerprint);
    expect(describeStatement('SELECT name FROM users WHERE id = ?').fingerprint).toBe(fingerprint);
    expect(describeStatement('SELECT name FROM users WHERE id=%s').fingerprint).toBe(fingerprint);
    expect(describeStatement('SELECT name FROM users WHERE email = $1').fingerprint).not.toBe(fingerprint);
  });

  test.each(['id IN (1, 2)', 'id = ANY($1)', 'id <> ALL($1)', 'id NOT IN ($1)'])(
    'a loop and its fix do not look alike: %s',
    (condition) => {
      const one = describeStatement('SELECT name FROM users WHERE id = $1').fingerprint;
      const many = describeStatement(`SELECT name FROM users WHERE ${condition}`).fingerprint;
      expect(many).toMatch(/^[0-9a-f]{16}:list$/);
      expect(many).not.toBe(one);
    },
  );

  test('a list of any length has one fingerprint, a subquery is none', () => {
    const list = (length: number) => `SELECT 1 FROM t WHERE a IN (${Array.from({ length }, (_, i) => i).join()})`;
    expect(describeStatement(list(2)).fingerprint).toBe(describeStatement(list(500)).fingerprint);
    expect(describeStatement('SELECT 1 FROM t WHERE a IN (SELECT b FROM u)').fingerprint).toMatch(/:scalar$/);
  });

  test.each(['', "select 'cut off", 'SELEC 1', 'select $$cut', '\0', 'select 1 \0 garbage'])(
    'what the parser refuses is unparsable, not an error text: %j',
    (sql) => {
      const { fingerprint, kind } = describeStatement(sql);
      expect(kind).toBe('unparsable');
      expect(fingerprint).toMatch(/^[0-9a-f]{16}:scalar$/);
      expect(parseStatement(sql)).toBeUndefined();
    },
  );

  test('unparsable texts are told apart, and not by their literals', () => {
    const one = describeStatement("EXPLODE users WHERE id = 5 AND name = 'x'").fingerprint;
    expect(describeStatement("EXPLODE users\nWHERE id = 77 AND name = 'it''s'").fingerprint).toBe(one);
    expect(describeStatement("EXPLODE orders WHERE id = 5 AND name = 'x'").fingerprint).not.toBe(one);
  });

  test('a text too deep or too long for the parser is still described', () => {
    const deep = describeStatement(`select ${'1+'.repeat(20_000)}1`);
    expect(deep.normalized).not.toMatch(/(?<!\$)\b\d/);
    const long = describeStatement(`INSERT INTO t VALUES ${'(1),'.repeat(200_000)}(1)`);
    expect(long.kind).toBe('unparsable');
    expect(describeStatement('select 1 from t').kind).toBe('select');
  });
});

describe('normalised texts', () => {
  test.each([
    [
      "select * from t where a = 'secret' and b in (1.5, -3) -- secret",
      'select * from t where a = $1 and b in ($2, $3)',
    ],
    ["SELECT $1::int, 'secret'", 'SELECT $1::int, $2'],
    ["select e'sec\\'ret', U&'\\0073', $q$secret$q$, B'1'", 'select $1, $2, $3, $4'],
    ['select a::varchar(10) from t order by 1 limit 20;', 'select a::varchar(10) from t order by 1 limit $1'],
    ["alter role bob password 'secret'", 'alter role bob password $1'],
    ["create table t (a text default 'secret')", 'create table t (a text default $1)'],
    ["comment on table t is 'secret'", 'comment on table t is $1'],
    ["prepare p as select * from t where a = 'secret'", 'prepare p as select * from t where a = $1'],
    ["execute p('secret', 4711)", 'execute p($1, $2)'],
    ['select "order" from "my table" where col1 = 2', 'select "order" from "my table" where col1 = $1'],
    ["select * from t where a = 'sec", 'select * from t where a = $1'],
    ['select * from t where a = $$sec', 'select * from t where a = $1'],
    ['selec * from t where a = 4711 /* secret /* */ secret', 'selec * from t where a = $1'],
    ["select 'a\\' , 'secret", 'select $1'],
    ["selec 'it\\'s secret' from t", 'selec $1'],
    ['selec "secret', 'selec $1'],
  ])('%s', (sql, expected) => {
    expect(normalized(sql)).toBe(expected);
    expect(normalized(sql)).not.toMatch(/sec|4711/);
  });

  test('a literal of ten megabytes is no trouble', () => {
    expect(normalizeText(`select '${"x''".repeat(3_000_000)}'`)).toBe('select $1');
  });
});

describe('placeholders of drivers', () => {
  test.each([
    [
      'select * from t where a=? and b between ? and ? limit ?',
      'select * from t where a=$1 and b between $2 and $3 limit $4',
    ],
    ['insert into t values (?, ?), (?,?)', 'insert into t values ($1, $2), ($3,$4)'],
    ['select ?::int + ? - ? from t where a ->>? = ?||?', 'select $1::int + $2 - $3 from t where a ->>$4 = $5||$6'],
    ['select * from t where a = $2 and b = ?', 'select * from t where a = $2 and b = $3'],
    ['select * from t where a = %s and b=%(x)s or c = %(x)s', 'select * from t where a = $1 and b=$2 or c = $2'],
    ['select * from t where data ?? $1 and a = ?', 'select * from t where data ? $1 and a = $2'],
  ])('%s', (sql, expected) => {
    expect(describeStatement(sql).kind).not.toBe('unparsable');
    expect(normalized(sql)).toBe(expected);
  });

  test.each([
    ["select * from t where data ? 'a' and data ?| array['b'] and data ?& $1 and data @? '$.c'", 'jsonb operators'],
    ['select a % b, a %s from t', 'modulo'],
    ["select '?', \"?\", $$ ? $$ -- ?\n from t where a like '%s'", 'quoted text and comments'],
  ])('%s keeps its %s', (sql) => {
    const tree = JSON.stringify(parseStatement(sql));
    expect(tree).not.toContain('"undefined"');
    expect(tree.match(/ParamRef/g)?.length ?? 0).toBe(sql.includes('$1') ? 1 : 0);
  });
});

describe('kinds and tables', () => {
  test.each([
    ['select 1 from a, s.b join only c using (id) where exists (select 1 from d)', 'select', ['a', 's.b', 'c', 'd']],
    ['insert into a select * from b on conflict do nothing', 'insert', ['a', 'b']],
    ['update a set x = 1 from b', 'update', ['a', 'b']],
    ['delete from a using b', 'delete', ['a', 'b']],
    ['merge into a using b on true when matched then delete', 'update', ['a', 'b']],
    ['with c as (select * from a) select * from c join b using (id)', 'select', ['a', 'b']],
    ['with a as (select * from a) select * from a', 'select', ['a']],
    ['with recursive r as (select * from a union all select * from r) select * from r', 'select', ['a']],
    ['with a as (select 1) insert into a select * from a', 'insert', ['a']],
    ['with a as (select 1) select * from s.a', 'select', ['s.a']],
    ['select * from (with a as (select 1) select * from a) x, a', 'select', ['a']],
    ['begin', 'transaction', []],
    ['savepoint s', 'transaction', []],
    ['set search_path = x', 'utility', []],
    ['-- nothing', 'utility', []],
    ['select * from generate_series(1, 2)', 'select', []],
  ])('%s', (sql, kind, tables) => {
    expect(describeStatement(sql)).toMatchObject({ kind, tables });
  });
});

test('a Query is split as the server splits it', () => {
  expect(splitStatements("select 'a;b'; select $$;$$; ;select 'é' ; ")).toEqual([
    "select 'a;b'",
    'select $$;$$',
    "select 'é'",
  ]);
  expect(splitStatements('select 1;')).toEqual(['select 1;']);
  expect(splitStatements('selec 1; select 2')).toEqual(['selec 1; select 2']);
});

test('gives a nested statement the same fingerprint after thousands of others', async () => {
  await loadParser();
  const nested = `SELECT ${'coalesce('.repeat(40)}a${', 1)'.repeat(40)} FROM t`;
  const first = describeStatement(nested);
  expect(first.kind).toBe('select');
  for (let n = 0; n < 12_000; n++) describeStatement(`SELECT c${n} FROM t${n} WHERE id = $1`);
  expect(describeStatement(`${nested} `).fingerprint).toBe(first.fingerprint);
});
