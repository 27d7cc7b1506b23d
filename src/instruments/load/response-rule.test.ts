import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Capture, Expectation } from '../../model/flow.ts';
import { request } from '../../testing/sample-load.ts';
import { compileResponseRule, type JudgedResponse } from './response-rule.ts';

function rule(expected: Partial<Expectation>, captures: readonly Capture[] = []) {
  return compileResponseRule(
    request('GET /', { expect: { json: [], headers: [], contains: [], ...expected }, captures }),
  );
}

function response(body: string | Buffer = '', more: Partial<JudgedResponse> = {}): JudgedResponse {
  const bytes = Buffer.from(body);
  return { status: 200, headers: [], bodyBytes: bytes.length, body: bytes, ...more };
}

const token: Capture = { as: 'token', from: 'json', path: '$.token' };

describe('a rule for responses', () => {
  it('takes any status below 400, or those that are named', () => {
    expect(rule({}).judge(response('', { status: 399 }))).toEqual({});
    expect(rule({}).judge(response('', { status: 400 }))).toEqual({ failure: 'status 400' });
    const named = rule({ statuses: [201, 409] });
    expect(named.judge(response('', { status: 409 }))).toEqual({});
    expect(named.judge(response('', { status: 200 }))).toEqual({ failure: 'status 200' });
  });

  it('wants the body only where something is to be found in it', () => {
    expect(rule({}).wantsBody).toBe(false);
    expect(rule({ maxBytes: 1, headers: [{ name: 'a', holds: '' }] }).wantsBody).toBe(false);
    expect(rule({}, [{ as: 'a', from: 'header', name: 'a' }]).wantsBody).toBe(false);
    expect(rule({ contains: ['a'] }).wantsBody).toBe(true);
    expect(rule({ json: [{ path: '$', value: 1 }] }).wantsBody).toBe(true);
    expect(rule({}, [token]).wantsBody).toBe(true);
    expect(rule({}, [{ as: 'a', from: 'regex', pattern: 'a', flags: '', group: 0 }]).wantsBody).toBe(true);
  });

  it('compares the first value at a path, however deep', () => {
    const judge = (path: string, value: unknown, body: string) =>
      rule({ json: [{ path, value }] }).judge(response(body)).failure;
    expect(judge('$.ok', true, '{"ok":true}')).toBeUndefined();
    expect(judge('$.ok', true, '{"ok":"true"}')).toBe('$.ok is not true');
    expect(judge('$.ok', true, '{}')).toBe('no $.ok');
    expect(judge('$.n', null, '{"n":null}')).toBeUndefined();
    expect(judge('$..id', 1, '{"list":[{"id":1},{"id":2}]}')).toBeUndefined();
    expect(judge('$', { a: [1, { b: 2 }] }, '{"a":[1,{"b":2}]}')).toBeUndefined();
    expect(judge('$', { a: 1, b: 2 }, '{"b":2,"a":1}')).toBeUndefined();
    expect(judge('$', Object.assign(Object.create(null), { a: 1 }), '{"a":1}')).toBeUndefined();
    expect(judge('$', { a: 1 }, '{"a":1,"__proto__":{}}')).toBe('$ is not {"a":1}');
  });

  it('knows what is no JSON from JSON without the value', () => {
    const judge = (body: string) => rule({ json: [{ path: '$.a', value: 1 }] }).judge(response(body)).failure;
    for (const body of ['', '<html>', '{"a":1', '{"a":1}}', 'undefined']) expect(judge(body)).toBe('not JSON');
    for (const body of ['null', '0', '"a"', '[]']) expect(judge(body)).toBe('no $.a');
    expect(judge('\ufeff{"a":1}')).toBeUndefined();
  });

  it('looks for texts in headers, whatever the case of their names', () => {
    const judge = (...headers: string[]) =>
      rule({ headers: [{ name: 'content-type', holds: 'application/json' }] }).judge(response('', { headers })).failure;
    expect(judge('Content-Type', 'application/json; charset=utf-8')).toBeUndefined();
    expect(judge('content-type', 'text/html')).toBe('content-type does not hold application/json');
    expect(judge('x-content-type', 'application/json')).toBe('no header content-type');
    expect(judge('Content-Type', 'text/html', 'CONTENT-TYPE', 'application/json')).toBeUndefined();
  });

  it('counts the bytes of the body as they came', () => {
    const { judge } = rule({ maxBytes: 100_000 });
    expect(judge({ status: 200, headers: [], bodyBytes: 100_000 })).toEqual({});
    expect(judge({ status: 200, headers: [], bodyBytes: 100_001 })).toEqual({ failure: 'body over 100000 bytes' });
  });

  it('tells the first failure, and the status before all', () => {
    const { judge } = rule({ contains: ['a'], maxBytes: 1, json: [{ path: '$.a', value: 1 }] }, [token]);
    expect(judge(response('xx', { status: 500 }))).toEqual({ failure: 'status 500' });
    expect(judge(response('xx'))).toEqual({ failure: 'body over 1 bytes' });
    expect(judge(response('x'))).toEqual({ failure: 'does not contain "a"' });
    expect(judge(response('a'))).toEqual({ failure: 'not JSON' });
  });

  it('keeps the texts of failures short and free of what the response says', () => {
    const long = 'x'.repeat(500);
    const body = JSON.stringify({ a: `secret ${long}` });
    for (const { failure } of [
      rule({ contains: [long.toUpperCase()] }).judge(response(body)),
      rule({ json: [{ path: '$.a', value: long }] }).judge(response(body)),
      rule({ headers: [{ name: 'x-a', holds: 'y' }] }).judge(response('', { headers: ['x-a', 'secret'] })),
      rule({}, [token]).judge(response(body)),
    ]) {
      expect(failure?.length).toBeLessThan(100);
      expect(failure).not.toContain('secret');
    }
  });

  it('tells one by one what is met and what is found, for people', () => {
    const { examine } = rule({ statuses: [200, 201], contains: ['x'], json: [{ path: '$.ok', value: true }] }, [
      token,
      { as: 'next', from: 'header', name: 'location' },
    ]);
    expect(examine(response('{"ok":false,"token":"t"}'))).toEqual({
      expectations: [
        { text: 'status 200 or 201', ok: true },
        { text: 'contains "x"', ok: false },
        { text: '$.ok is true', ok: false },
      ],
      captures: [
        { as: 'token', from: '$.token', value: 't' },
        { as: 'next', from: 'header location' },
      ],
    });
    const headers = [
      { name: 'x-a', holds: 'b' },
      { name: 'etag', holds: '' },
    ];
    expect(rule({ headers }).examine(response()).expectations.slice(1)).toEqual([
      { text: 'x-a holds b', ok: false },
      { text: 'a header etag', ok: false },
    ]);
    expect(rule({}).examine(response())).toEqual({
      expectations: [{ text: 'status below 400', ok: true }],
      captures: [],
    });
  });
});

describe('a capture', () => {
  const captured = (capture: Capture, body: string | Buffer, headers: readonly string[] = []) =>
    rule({}, [capture]).judge(response(body, { headers }));

  it('makes text of any JSON value', () => {
    for (const [json, text] of [
      ['"a\\"b"', 'a"b'],
      ['""', ''],
      ['12.50', '12.5'],
      ['false', 'false'],
      ['null', 'null'],
      ['{"a":[1]}', '{"a":[1]}'],
    ] as const) {
      expect(captured(token, `{"token":${json}}`)).toEqual({ captured: { token: text } });
    }
  });

  it('that finds nothing fails the request, and gives nothing of the others', () => {
    const both = rule({}, [{ as: 'id', from: 'json', path: '$.id' }, token]);
    expect(both.judge(response('{"id":1}'))).toEqual({ failure: 'no $.token' });
    expect(captured(token, 'no')).toEqual({ failure: 'not JSON' });
    expect(captured({ as: 'next', from: 'header', name: 'location' }, '')).toEqual({ failure: 'no header location' });
    const regex = { as: 'a', from: 'regex', pattern: 'id=(\\d+)', flags: 'i', group: 1 } as const;
    expect(captured(regex, 'none')).toEqual({ failure: 'no match of /id=(\\d+)/i' });
  });

  it('takes the first header of its name, in UTF-8', () => {
    const headers = ['X-Next', Buffer.from('/zoë').toString('latin1'), 'x-next', '/b'];
    expect(captured({ as: 'next', from: 'header', name: 'x-next' }, '', headers)).toEqual({
      captured: { next: '/zoë' },
    });
    expect(captured({ as: 'next', from: 'header', name: 'x-next' }, '', ['x-next', ''])).toEqual({
      captured: { next: '' },
    });
  });

  it('takes a group of a match, of each response anew whatever the flags', () => {
    const { judge } = rule({}, [{ as: 'id', from: 'regex', pattern: '<a id="(\\d+)"|(b)', flags: 'g', group: 1 }]);
    for (let i = 0; i < 3; i++) expect(judge(response('<a id="12"><a id="13">'))).toEqual({ captured: { id: '12' } });
    expect(judge(response('b'))).toEqual({ failure: 'no match of /<a id="(\\d+)"|(b)/g' });
  });

  it('looks for a match in the first MiB only', () => {
    const capture = { as: 'a', from: 'regex', pattern: 'needle', flags: '', group: 0 } as const;
    expect(captured(capture, `${'x'.repeat(2 ** 20 - 6)}needle`)).toEqual({ captured: { a: 'needle' } });
    expect(captured(capture, `${'x'.repeat(2 ** 20 - 5)}needle`)).toEqual({ failure: 'no match of /needle/' });
  });

  it('is not undone by a value nested deeper than can be written', () => {
    const deep = `{"token":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(captured(token, deep)).toEqual({ failure: 'no $.token' });
  });
});

describe('an encoded body', () => {
  const json = Buffer.from('{"token":"ü"}');
  const judge = (body: Buffer, encoding: string, more: Partial<JudgedResponse> = {}) =>
    rule({}, [token]).judge(response(body, { headers: ['Content-Encoding', encoding], ...more }));
  const found = { captured: { token: 'ü' } };

  it('is decoded as its header says', () => {
    expect(judge(gzipSync(json), 'gzip')).toEqual(found);
    expect(judge(gzipSync(json), 'X-GZIP')).toEqual(found);
    expect(judge(deflateSync(json), 'deflate')).toEqual(found);
    expect(judge(deflateRawSync(json), 'deflate')).toEqual(found);
    expect(judge(brotliCompressSync(json), ' br ')).toEqual(found);
    expect(judge(json, 'identity')).toEqual(found);
    expect(judge(gzipSync(brotliCompressSync(json)), 'br, gzip')).toEqual(found);
    const headers = ['content-encoding', 'br', 'content-encoding', 'gzip'];
    expect(judge(gzipSync(brotliCompressSync(json)), '', { headers })).toEqual(found);
  });

  it('that is not what its header says fails the request', () => {
    expect(judge(json, 'gzip')).toEqual({ failure: 'body is not gzip' });
    expect(judge(gzipSync(json).subarray(0, -4), 'gzip')).toEqual({ failure: 'body is not gzip' });
    expect(judge(Buffer.from([0x78]), 'deflate')).toEqual({ failure: 'body is not deflate' });
    expect(judge(json, 'br')).toEqual({ failure: 'body is not br' });
    for (const coding of ['compress', '__proto__', 'constructor', '<b>']) {
      expect(judge(json, coding)).toEqual({ failure: 'a content-encoding that is not known' });
    }
    expect(judge(json, 'gzip, gzip, gzip')).toEqual({ failure: 'more than 2 content codings' });
  });

  it('that is a bomb fails the request, not the process', () => {
    const bomb = gzipSync(Buffer.alloc(200 * 2 ** 20));
    expect(bomb.length).toBeLessThan(2 ** 20);
    expect(judge(bomb, 'gzip')).toEqual({ failure: 'body over 32 MiB when decoded' });
  });

  it('that was too large to be kept fails what looks into it', () => {
    const tooLarge: JudgedResponse = { status: 200, headers: [], bodyBytes: 40 * 2 ** 20 };
    expect(rule({}, [token]).judge(tooLarge)).toEqual({ failure: 'body over 32 MiB' });
    expect(rule({ contains: [''] }).judge(tooLarge)).toEqual({ failure: 'body over 32 MiB' });
    expect(rule({}).judge(tooLarge)).toEqual({});
  });

  it('that is empty, as after HEAD, is empty', () => {
    expect(rule({ contains: [''] }).judge(response('', { headers: ['content-encoding', 'gzip'] }))).toEqual({});
  });
});
