import { describe, expect, it } from 'vitest';
import type { DraftOptions } from './draft.ts';
import { draftScenario } from './draft-scenario.ts';

interface Recorded {
  readonly url?: string;
  readonly method?: string;
  readonly atMs?: number;
  readonly tookMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly status?: number;
  readonly type?: string;
}

function entry({
  url = 'http://127.0.0.1:8080/a',
  method = 'GET',
  atMs = 0,
  tookMs = 0,
  headers = {},
  body,
  status = 200,
  type = 'application/json',
}: Recorded) {
  return {
    startedDateTime: new Date(Date.UTC(2026, 0, 31) + atMs).toISOString(),
    time: tookMs,
    request: {
      method,
      url,
      headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
      ...(body && { postData: body }),
    },
    response: { status, content: { mimeType: type } },
  };
}

function draft(recorded: readonly Recorded[], options: DraftOptions = {}) {
  const text = JSON.stringify({ log: { entries: recorded.map(entry) } });
  return draftScenario({ text, file: 'shop.har', options, readBeside: () => undefined });
}

const stepsOf = (recorded: readonly Recorded[]) => draft(recorded).scenario.flows[0]?.steps;
const post = (mimeType: string, text: string): Recorded => ({ method: 'POST', body: { mimeType, text } });

describe('a recording', () => {
  it('is one flow in the order of time, with the pauses of the user', () => {
    const steps = stepsOf([
      { url: 'http://127.0.0.1:8080/c', atMs: 60_000 },
      { url: 'http://127.0.0.1:8080/a', tookMs: 500 },
      { url: 'http://127.0.0.1:8080/b', atMs: 600, tookMs: 1000 },
      { url: 'http://127.0.0.1:8080/b2', atMs: 800, tookMs: 10 },
      { url: 'http://127.0.0.1:8080/b3', atMs: 1701 },
    ]);
    expect(steps).toEqual([
      { get: '/a' },
      { get: '/b' },
      { get: '/b2' },
      { think: '101ms' },
      { get: '/b3' },
      { think: '5000ms' },
      { get: '/c' },
    ]);
  });

  it('counts requests for different rows as one endpoint', () => {
    const id = '0b54f8a2-6f1e-4d0c-9a3b-0123456789ab';
    expect(stepsOf([{ url: `http://127.0.0.1:8080/users/17/keys/${id}` }])).toEqual([
      { get: { url: `/users/17/keys/${id}`, name: 'GET /users/:id/keys/:id' } },
    ]);
  });

  it('takes the origin that most requests of the service went to, or that of the url', () => {
    const other = { url: 'http://localhost:9000/x' };
    const recorded = [
      other,
      {},
      {},
      { url: 'http://localhost:9000/i.png', type: 'image/png' },
      { url: 'http://localhost:9000/j.png', type: 'image/png' },
    ];
    expect(draft(recorded).scenario.target.url).toBe('http://127.0.0.1:8080');
    expect(draft(recorded, { url: 'http://localhost:9000' }).scenario).toMatchObject({
      target: { url: 'http://localhost:9000' },
      flows: [{ steps: [{ get: '/x' }] }],
    });
    expect(draft(recorded, { url: 'http://127.0.0.1:1' }).scenario).toMatchObject({
      target: { url: 'http://127.0.0.1:1' },
      flows: [{ steps: [{ get: '/a' }, { get: '/a' }] }],
    });
  });

  it.each<[string, Recorded]>([
    ['a static file', { type: 'text/css' }],
    ['a static file', { url: 'http://127.0.0.1:8080/a.woff2', type: '' }],
    [
      'a preflight, which a browser sends by itself',
      { method: 'OPTIONS', headers: { 'Access-Control-Request-Method': 'PUT' } },
    ],
    ['the method CONNECT', { method: 'CONNECT' }],
    ['it is not http', { url: 'data:text/plain,x' }],
    ['a WebSocket', { status: 101 }],
    ['it had no response when it was recorded', { status: 0 }],
    ['its body is multipart, with files', post('multipart/form-data; boundary=x', '--x')],
    ['its body is larger than 64 KB', post('text/plain', 'x'.repeat(70_000))],
    ['its body is binary', post('application/octet-stream', 'a\u0000b')],
    ['its body may hold a secret, or what would be filled in', post('text/xml', '<password>x</password>')],
    ['its body may hold a secret, or what would be filled in', post('text/plain', '{{ x }}')],
    ['its path begins with two slashes', { url: 'http://127.0.0.1:8080//evil' }],
  ])('leaves out %s', (why, recorded) => {
    expect(draft([{}, recorded]).leftOut).toEqual([{ what: expect.any(String), why }]);
  });

  it('takes a file whose type says that a program wrote it', () => {
    expect(stepsOf([{ url: 'http://127.0.0.1:8080/data.js', type: 'application/json' }])).toEqual([
      { get: '/data.js' },
    ]);
  });

  it('expects what had failed to fail again', () => {
    expect(stepsOf([{ status: 404 }, { status: 302 }])).toEqual([
      { get: { url: '/a', expect: { status: 404 } } },
      { get: '/a' },
    ]);
  });
});

describe('of a recorded request', () => {
  it('headers stay that belong neither to the connection nor to the browser', () => {
    const headers = {
      ':path': '/a',
      Host: 'x',
      Connection: 'keep-alive',
      'Content-Length': '3',
      Cookie: 'a=b',
      'Sec-Fetch-Mode': 'cors',
      'If-None-Match': 'x',
      Accept: 'text/html',
      'X-Tenant': '${HOME}',
      'X-Odd': '{{ x }}',
    };
    expect(stepsOf([{ headers }])).toEqual([
      { get: { url: '/a', headers: { accept: 'text/html', 'x-tenant': '$${HOME}' } } },
    ]);
  });

  it.each<[string, Recorded]>([
    ['a bearer token', { headers: { Authorization: 'Bearer s3cr3t' } }],
    ['a basic password', { headers: { authorization: 'Basic s3cr3t' } }],
    ['any other authorization', { headers: { Authorization: 'Digest s3cr3t' } }],
    ['a header by its name', { headers: { 'X-Auth-Token': 's3cr3t' } }],
    ['a header by its value', { headers: { 'X-Who': 'eyJhbGciOiJIUzI1NiJ9.s3cr3t.x' } }],
    ['a query parameter', { url: 'http://127.0.0.1:8080/a?access_token=s3cr3t' }],
    ['a part of the path', { url: 'http://127.0.0.1:8080/reset/eyJhbGciOiJIUzI1NiJ9.s3cr3t.x' }],
    ['a field of JSON', post('application/json', '{"a":[{"newPassword":"s3cr3t"}]}')],
    ['a field of JSON that must be sent as text', post('application/json', '{"a":"{{","clientSecret":"s3cr3t"}')],
    ['a list of JSON', post('application/json', '{"tokens":{"token":["s3cr3t"]}}')],
    ['a field of a form', post('application/x-www-form-urlencoded', 'a=1&pwd=s3cr3t')],
    ['a user in the url', { url: 'http://ada:s3cr3t@127.0.0.1:8080/a' }],
  ])('%s is not written', (_, recorded) => {
    expect(JSON.stringify(draft([recorded]))).not.toContain('s3cr3t');
  });

  it('equal secrets share a variable, and different ones do not', () => {
    const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
    const steps = stepsOf([bearer('one'), bearer('two'), bearer('one')]);
    expect(steps?.map((step) => JSON.stringify(step).match(/TARGET_\w+/)?.[0])).toEqual([
      'TARGET_TOKEN',
      'TARGET_TOKEN_2',
      'TARGET_TOKEN',
    ]);
  });

  it.each<[string, Recorded, object]>([
    ['JSON', post('application/json; charset=utf-8', '{"a":"${HOME}"}'), { json: { a: '$${HOME}' } }],
    [
      'JSON of another type',
      post('application/vnd.api+json', '{}'),
      { json: {}, headers: { 'content-type': 'application/vnd.api+json' } },
    ],
    [
      'JSON with what looks like data',
      post('application/json', '{"a":"{{ x }}"}'),
      { body: '{ "a":"{\\u007b x }}" }' },
    ],
    ['a form', post('application/x-www-form-urlencoded', 'a=x+y&b=%26'), { form: { a: 'x y', b: '&' } }],
    ['text', post('text/plain', 'hello'), { body: 'hello', headers: { 'content-type': 'text/plain' } }],
    [
      'what is no JSON',
      post('application/json', '{"a"'),
      { body: '{"a"', headers: { 'content-type': 'application/json' } },
    ],
  ])('the body is taken: %s', (_, recorded, request) => {
    expect(stepsOf([recorded])).toEqual([{ post: expect.objectContaining(request) }]);
  });
});
