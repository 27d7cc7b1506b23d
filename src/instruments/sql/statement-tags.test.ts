import { describe, expect, test } from 'vitest';
import { placeInTags, statementTags, traceIdIn } from './statement-tags.ts';

describe('what a comment says of its statement', () => {
  test.each<[string, string, Record<string, string>]>([
    [
      'sqlcommenter, decoded',
      "SELECT 1 /*action='index',route='%2Forders%2F%3Aid',traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01'*/",
      {
        action: 'index',
        route: '/orders/:id',
        traceparent: '00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01',
      },
    ],
    ['escaped quotes and encoded keys', "SELECT 1 /* a%20b='it\\'s',c='%2C' */", { 'a b': "it's", c: ',' }],
    ['a percent sign that encodes nothing', "SELECT 1 /*share='100%'*/", { share: '100%' }],
    [
      'marginalia',
      'SELECT 1 /*application:Shop,controller:orders,action:index*/',
      { application: 'Shop', controller: 'orders', action: 'index' },
    ],
    [
      'marginalia with a line of Ruby',
      "/*controller:orders,line:/app/models/order.rb:12:in `total'*/ SELECT 1",
      { controller: 'orders', line: "/app/models/order.rb:12:in `total'" },
    ],
    ['two comments', "/*a='1'*/ SELECT 1 /*b='2'*/", { a: '1', b: '2' }],
  ])('%s', (_, sql, tags) => {
    expect(statementTags(sql)).toEqual(tags);
  });

  test.each([
    'SELECT 1',
    'SELECT 1 /* the slow one */',
    'SELECT 1 /* note: this one is slow */',
    '/* chokepoint */ SELECT 1',
    'SELECT 1 /*+ SeqScan(orders) */',
    "SELECT '/*a=''1''*/'",
    "SELECT 1 /* a='1' and some prose */",
    'SELECT 1 /**/',
    "SELECT 1 -- a='1'",
  ])('nothing in %s', (sql) => {
    expect(statementTags(sql)).toBeUndefined();
  });

  test('a comment of megabytes is looked through once, and does not fill the memory', () => {
    const many = Array.from({ length: 50_000 }, (_, n) => `k${n}='${'v'.repeat(20)}'`).join(',');
    expect(Object.keys(statementTags(`SELECT 1 /*${many}*/`) ?? {})).toHaveLength(30);
    expect(statementTags(`SELECT 1 /*${'a:'.repeat(200_000)}*/`)?.a).toHaveLength(1000);
    expect(statementTags(`SELECT 1 /*${'a:b,'.repeat(200_000)}*/`)).toBeUndefined();
  });
});

describe('the place in tags', () => {
  test.each<[Record<string, string>, unknown]>([
    [
      { file: 'app/Order.php', line: '12', func: 'total' },
      { file: 'app/Order.php', line: 12, name: 'total' },
    ],
    [
      { 'code.filepath': '/srv/a.py', 'code.lineno': '7', 'code.function': 'list' },
      { file: '/srv/a.py', line: 7, name: 'list' },
    ],
    [{ line: "/app/order.rb:12:in `total'" }, { file: '/app/order.rb', line: 12, name: 'total' }],
    [{ source_location: 'app/order.rb:3' }, { file: 'app/order.rb', line: 3 }],
    [{ file: 'app/order.rb' }, undefined],
    [{ file: 'app/order.rb', line: '0' }, undefined],
    [{ line: '12' }, undefined],
    [{ route: '/a:1' }, undefined],
  ])('%j', (tags, place) => {
    expect(placeInTags(tags)).toEqual(place);
  });
});

test('a trace is known by its id, and only by one', () => {
  expect(traceIdIn({ traceparent: '00-5BD66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01' })).toBe(
    '5bd66ef5095369c7b0d1f8f4bd33716a',
  );
  expect(traceIdIn({ traceparent: 'yes' })).toBeUndefined();
  expect(traceIdIn(undefined)).toBeUndefined();
});
