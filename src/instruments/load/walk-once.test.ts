import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { RequestStep, Step } from '../../model/flow.ts';
import { request } from '../../testing/sample-load.ts';
import type { WalkStart } from './itinerary.ts';
import { createSingleClient, type SingleClient } from './single-request.ts';
import { type Exchange, type WalkHooks, walkOnce } from './walk-once.ts';

let server: http.Server | undefined;
let client: SingleClient | undefined;
let heard: string[] = [];

afterEach(() => {
  client?.close();
  server?.closeAllConnections();
  server?.close();
});

/** Answers by `respond`, and notes of each request its method, target, cookies and body. */
async function serve(respond: (path: string, response: http.ServerResponse) => void): Promise<string> {
  heard = [];
  server = http.createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming) body += chunk;
    const { method, url: path = '', headers } = incoming;
    heard.push([method, path, headers.cookie, body].filter(Boolean).join(' '));
    respond(path, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = createSingleClient({ url, headers: {}, timeoutMs: 2000 });
  return url;
}

const nothing: WalkStart = { values: {}, cookies: [] };

function walk(steps: readonly Step[], start = nothing, hooks: WalkHooks = {}) {
  if (!client) throw new Error('serve first');
  return walkOnce(client, steps, start, new AbortController().signal, hooks);
}

const login: RequestStep = request('POST /login', {
  body: { kind: 'json', text: '{"name":"{{ user.name }}"}' },
  expect: { statuses: [200], json: [{ path: '$.ok', value: true }], headers: [], contains: ['token'] },
  captures: [
    { as: 'token', from: 'json', path: '$.token' },
    { as: 'trace', from: 'header', name: 'x-trace' },
  ],
});
const basket = request('GET /basket/{{ token }}', { headers: { 'x-trace': '{{ trace }}' } });

describe('a walk', () => {
  it('takes captures and cookies from one request to the next, without thinking', async () => {
    await serve((path, response) => {
      if (path !== '/login') return response.end();
      const body = gzipSync('{"ok":true,"token":"a/b \\"ü\\""}');
      response.setHeader('set-cookie', ['sid=1; Path=/', 'lang=de; Path=/']);
      response.writeHead(200, { 'content-encoding': 'gzip', 'x-trace': 'x1' }).end(body);
    });
    const think = { kind: 'think', durationMs: 60_000 } as const;
    const start = { values: { 'user.name': 'O"Neil' }, cookies: ['seen=1; Path=/'] };
    const { exchanges, isComplete, end } = await walk([login, think, basket], start);
    expect(heard).toEqual([
      'POST /login seen=1 {"name":"O\\"Neil"}',
      'GET /basket/a/b%20"%C3%BC" seen=1; sid=1; lang=de',
    ]);
    expect(isComplete).toBe(true);
    expect(end.values).toEqual({ 'user.name': 'O"Neil', token: 'a/b "ü"', trace: 'x1' });
    expect(end.cookies).toEqual(['seen=1; Path=/', 'sid=1; Path=/', 'lang=de; Path=/']);
    expect(exchanges[0]).toMatchObject({
      step: login,
      path: '/login',
      redirects: [],
      captured: { token: 'a/b "ü"', trace: 'x1' },
      expectations: [
        { text: 'status 200', ok: true },
        { text: 'contains "token"', ok: true },
        { text: '$.ok is true', ok: true },
      ],
      captures: [
        { as: 'token', from: '$.token', value: 'a/b "ü"' },
        { as: 'trace', from: 'header x-trace', value: 'x1' },
      ],
    });
    expect(exchanges[0]).not.toHaveProperty('failure');
    expect(exchanges[1]).toMatchObject({ path: '/basket/a/b%20"%C3%BC"', response: { status: 200 }, captures: [] });
  });

  it('begins where another one ended', async () => {
    await serve((_path, response) => response.setHeader('set-cookie', 'sid=1').end('{"id":7}'));
    const first = await walk([request('GET /a/b', { captures: [{ as: 'id', from: 'json', path: '$.id' }] })]);
    await walk([request('GET /a/{{ id }}'), request('GET /')], first.end);
    expect(heard).toEqual(['GET /a/b', 'GET /a/7 sid=1', 'GET /']);
  });

  it('stops where nothing was captured, and says what was found of the rest', async () => {
    await serve((_path, response) => response.writeHead(200, { 'x-trace': 'x1' }).end('{"ok":true,"token_":1}'));
    const { exchanges, isComplete, end } = await walk([login, basket]);
    expect(heard).toHaveLength(1);
    expect({ isComplete, values: end.values }).toEqual({ isComplete: false, values: {} });
    expect(exchanges).toHaveLength(1);
    expect(exchanges[0]).toMatchObject({
      failure: 'no $.token',
      captured: {},
      captures: [
        { as: 'token', from: '$.token' },
        { as: 'trace', from: 'header x-trace', value: 'x1' },
      ],
    });
  });

  it('goes on after a request that failed but captures nothing', async () => {
    await serve((path, response) => response.writeHead(path === '/a' ? 500 : 200).end());
    const { exchanges, isComplete } = await walk([request('GET /a'), request('GET /b')]);
    expect(isComplete).toBe(true);
    expect(exchanges.map(({ failure }) => failure)).toEqual(['status 500', undefined]);
    expect(exchanges[0]?.expectations).toEqual([{ text: 'status below 400', ok: false }]);
  });

  it('follows redirects to their end, with the cookies that are set on the way, as one exchange', async () => {
    await serve((path, response) => {
      if (path === '/a') response.writeHead(302, { location: 'b/c?d', 'set-cookie': 'on=1; Path=/' }).end('{"at":1}');
      else if (path === '/b/c?d') response.writeHead(307, { location: '/e' }).end();
      else response.end('{"at":2}');
    });
    const step = request('POST /a', {
      redirects: 2,
      body: { kind: 'text', text: 'x' },
      captures: [{ as: 'at', from: 'json', path: '$.at' }],
    });
    const { exchanges, end } = await walk([step]);
    expect(heard).toEqual(['POST /a x', 'GET /b/c?d on=1', 'GET /e on=1']);
    expect(exchanges).toHaveLength(1);
    expect(exchanges[0]).toMatchObject({
      path: '/a',
      redirects: ['/b/c?d', '/e'],
      response: { path: '/e', status: 200 },
    });
    expect(end.values).toEqual({ at: '2' });
  });

  it('fails where there are more redirects than are to be followed, or to another host', async () => {
    await serve((path, response) => response.writeHead(302, { location: path === '/a' ? '/a' : 'http://b/' }).end());
    const { exchanges } = await walk([request('GET /a', { redirects: 2 }), request('GET /b', { redirects: 2 })]);
    expect(exchanges.map(({ failure }) => failure)).toEqual(['more than 2 redirects', 'redirect to another host']);
    expect(exchanges[0]).toMatchObject({ redirects: ['/a', '/a'], expectations: [] });
    expect(heard).toEqual(['GET /a', 'GET /a', 'GET /a', 'GET /b']);
  });

  it('leaves a redirect alone where none is to be followed', async () => {
    await serve((_path, response) => response.writeHead(302, { location: '/b' }).end());
    const { exchanges } = await walk([request('GET /a')]);
    expect(exchanges[0]).toMatchObject({ response: { status: 302 }, redirects: [] });
    expect(exchanges[0]).not.toHaveProperty('failure');
  });

  it('lets a recorder stand around the sending of each request, redirects included', async () => {
    await serve((path, response) => response.writeHead(path === '/a' ? 303 : 200, { location: '/b' }).end());
    const log: string[] = [];
    const shown: Exchange[] = [];
    await walk(
      [request('GET /a', { redirects: 1 }), request('GET /{{ x }}')],
      { values: { x: 'c' }, cookies: [] },
      {
        async around({ endpoint }, path, send) {
          log.push(`before ${endpoint} ${path}: ${heard.length}`);
          const { status } = await send();
          log.push(`after ${status}: ${heard.length}`);
        },
        onExchange: (exchange) => shown.push(exchange),
      },
    );
    expect(log).toEqual(['before GET /a /a: 0', 'after 200: 2', 'before GET /{{ x }} /c: 2', 'after 200: 3']);
    expect(shown.map(({ path }) => path)).toEqual(['/a', '/c']);
  });

  it('reads a body whose characters are split between chunks', async () => {
    const body = Buffer.from('{"id":"ü€😀"}');
    await serve(async (_path, response) => {
      for (const byte of body) {
        response.write(Buffer.from([byte]));
        await setImmediate();
      }
      response.end();
    });
    const { end } = await walk([request('GET /', { captures: [{ as: 'id', from: 'json', path: '$.id' }] })]);
    expect(end.values).toEqual({ id: 'ü€😀' });
  });

  it('survives a body that unpacks to more than anybody wants', async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 2 ** 20));
    await serve((_path, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    const { exchanges } = await walk([request('GET /', { captures: [{ as: 'id', from: 'json', path: '$.id' }] })]);
    expect(exchanges[0]).toMatchObject({ failure: 'body over 32 MiB when decoded', response: { bytes: bomb.length } });
  });

  it('ends at what gets no answer in the time of its step, and says so in its turn', async () => {
    await serve((path, response) => path === '/a' && response.end());
    const shown: string[] = [];
    const steps = [request('GET /a'), request('GET /b', { timeoutMs: 150 }), request('GET /c')];
    const { exchanges, isComplete } = await walk(steps, nothing, {
      onExchange: ({ path }) => shown.push(path),
      onUnanswered: ({ step, path, failure }) => shown.push(`${step.endpoint} ${path}: ${failure.detail.reason}`),
    });
    expect(shown).toEqual(['/a', 'GET /b /b: no complete response within 0.15 s']);
    expect(heard).toEqual(['GET /a', 'GET /b']);
    expect({ isComplete, exchanges: exchanges.length }).toEqual({ isComplete: false, exchanges: 1 });
  });
});
