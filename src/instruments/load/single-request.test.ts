import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TlsOptions } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { certificates } from '../../testing/certificates.ts';
import { type RawServer, startRawServer } from '../../testing/raw-server.ts';
import { request } from '../../testing/sample-load.ts';
import { createSingleClient, type SendOptions, type SingleClient, type SingleTarget } from './single-request.ts';

let server: RawServer | undefined;
let client: SingleClient | undefined;

afterEach(async () => {
  client?.close();
  await server?.close();
});

async function connect(respond: Parameters<typeof startRawServer>[0], timeoutMs = 300): Promise<RawServer> {
  server = await startRawServer(respond);
  client = createSingleClient({ url: server.url, headers: {}, timeoutMs });
  return server;
}

function send(step = request('GET /a'), values = {}, signal = new AbortController().signal, options: SendOptions = {}) {
  if (!client) throw new Error('connect first');
  return client.send(client.compile(step).render(values), signal, options);
}

const ok = 'HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok';

describe('a single request', () => {
  it('gives status, headers, body and time, over one connection that is kept', async () => {
    const { accepted } = await connect((socket) => setTimeout(() => socket.write(ok), 30));
    for (let i = 0; i < 3; i++) {
      const response = await send();
      expect(response).toMatchObject({ path: '/a', status: 200, bytes: 2, headers: { 'set-cookie': 'a=1, b=2' } });
      expect(response.rawHeaders).toEqual(['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Content-Length', '2']);
      expect(response.body.toString()).toBe('ok');
      expect(response.durationMs).toBeGreaterThan(25);
      expect(response.durationMs).toBeLessThan(300);
    }
    expect(accepted()).toBe(1);
  });

  it('sends the same bytes as the load generator does', async () => {
    const { requests } = await connect((socket) => socket.write(ok));
    const step = request('PUT /{{ name }}', {
      body: { kind: 'text', text: '<{{ name }}>' },
      headers: { 'x-name': '{{ name }}' },
    });
    await send(step, { name: 'Zoë\n1' });
    expect(requests[0]).toMatchObject({ method: 'PUT', path: '/Zo%C3%AB%0A1', body: '<Zoë\n1>' });
    expect(Buffer.from(requests[0]!.head, 'latin1').toString()).toMatch(/^x-name: Zoë 1\r$/m);
    expect(requests[0]!.head).toMatch(/^content-length: 8\r$/m);
  });

  it('leaves a compressed body as it came, and follows no redirect', async () => {
    await connect((socket) => {
      socket.write('HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc');
    });
    expect(await send()).toMatchObject({ status: 302, bytes: 3, body: Buffer.from('abc') });
  });

  it('keeps the beginning of a body that is too large, and counts all of it', async () => {
    const body = Buffer.alloc(40 * 2 ** 20);
    await connect((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
      socket.write(body);
    }, 10_000);
    const response = await send();
    expect(response.bytes).toBe(body.length);
    expect(response.body.length).toBeLessThan(34 * 2 ** 20);
  }, 20_000);

  it('is sent again when the server has just closed the idle connection', async () => {
    let isFirst = true;
    const { accepted } = await connect((socket, { path }) => {
      if (path === '/b' && isFirst) {
        isFirst = false;
        socket.resetAndDestroy();
      } else socket.write(ok);
    });
    await send();
    expect((await send(request('GET /b'))).status).toBe(200);
    expect(accepted()).toBe(2);
  });

  it('says why there is no response', async () => {
    const { url } = await connect((socket, { path }) => {
      if (path === '/reset') socket.resetAndDestroy();
      if (path === '/half') socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
      if (path === '/noise') socket.write('SSH-2.0\r\n\r\n');
    });
    const failure = (path: string) => expect(send(request(`GET ${path}`))).rejects;
    await failure('/reset').toMatchObject({
      code: 'target-unreachable',
      message: `nothing answers at ${url}: ECONNRESET`,
    });
    await failure('/half').toMatchObject({ code: 'target-unreachable' });
    await failure('/noise').toMatchObject({ code: 'target-unreachable' });
    await failure('/stall').toThrow('no complete response within 0.3 s');
    await server?.close();
    await failure('/gone').toThrow('ECONNREFUSED');
  });

  it('has as much time as its step has, and else as much as the target gives', async () => {
    await connect(() => undefined, 10_000);
    await expect(send(request('GET /'), {}, undefined, { timeoutMs: 120 })).rejects.toThrow('within 0.12 s');
    expect(client?.compile(request('GET /', { timeoutMs: 120 })).timeoutMs).toBe(120);
    expect(client?.compile(request('GET /')).timeoutMs).toBe(10_000);
  });

  it('carries cookies behind those of its step', async () => {
    const { requests } = await connect((socket) => socket.write(ok));
    await send(request('GET /', { headers: { cookie: 'own=1' } }), {}, undefined, { cookies: 'a=ü\r\nx: y' });
    expect(Buffer.from(requests[0]?.head ?? '', 'latin1').toString()).toMatch(/^cookie: own=1; a=ü x: y\r$/m);
  });

  it('goes to a Unix socket, with the host of the url', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chokepoint-'));
    try {
      const socketPath = join(folder, 'service.sock');
      server = await startRawServer((socket) => socket.write(ok), { socketPath });
      client = createSingleClient({ url: 'http://shop.example/api', headers: {}, timeoutMs: 300, socketPath });
      expect(await send()).toMatchObject({ status: 200, path: '/api/a' });
      expect(server.requests[0]?.head).toMatch(/^host: shop\.example\r$/m);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('keeps the password of the url to itself', async () => {
    client = createSingleClient({ url: 'http://me:secret@127.0.0.1:1/x', headers: {}, timeoutMs: 300 });
    await expect(send()).rejects.toThrow('nothing answers at http://127.0.0.1:1/x: ECONNREFUSED');
  });

  it('ends at once when it is interrupted, before and while it waits', async () => {
    const { sockets } = await connect(() => undefined, 5000);
    const controller = new AbortController();
    const waiting = send(request('GET /'), {}, controller.signal);
    await sleep(30);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
    await expect(send(request('GET /'), {}, controller.signal)).rejects.toMatchObject({ code: 'interrupted' });
    await sleep(30);
    expect(sockets.size).toBe(0);
  });
});

describe('a single request over TLS', () => {
  const { authority, server: own, elsewhere } = certificates;

  async function connectTo(
    tls: TlsOptions,
    spec?: Partial<SingleTarget['tls']>,
    host = 'localhost',
  ): Promise<RawServer> {
    server = await startRawServer((socket) => socket.write(ok), { tls });
    const url = server.url.replace('localhost', host);
    client = createSingleClient({
      url,
      headers: {},
      timeoutMs: 2000,
      ...(spec && { tls: { insecure: false, ...spec } }),
    });
    return { ...server, url };
  }

  it('answers where the certificate is vouched for, whatever the host header says', async () => {
    await connectTo(own, { ca: authority });
    expect((await send(request('GET /', { headers: { host: 'shop.example' } }))).status).toBe(200);
  });

  it('answers at an address that the certificate names', async () => {
    await connectTo(own, { ca: authority }, '127.0.0.1');
    expect((await send()).status).toBe(200);
  });

  it('is refused where nobody vouches for the certificate, and nothing is sent', async () => {
    const { url, requests } = await connectTo(own);
    await expect(send()).rejects.toMatchObject({
      code: 'certificate-refused',
      exitCode: 4,
      detail: { url, reason: 'unable to verify the first certificate' },
      hint: expect.stringContaining('target.tls.ca'),
    });
    expect(requests).toEqual([]);
  });

  it('is refused where the certificate is for another name, unless that is the name to expect', async () => {
    await connectTo(elsewhere, { ca: authority });
    await expect(send()).rejects.toMatchObject({
      code: 'certificate-refused',
      message: expect.stringContaining("does not match certificate's altnames"),
    });
    client?.close();
    await server?.close();
    await connectTo(elsewhere, { ca: authority, servername: 'elsewhere.test' });
    expect((await send()).status).toBe(200);
  });

  it('takes any certificate where that is asked for', async () => {
    const { sockets } = await connectTo(elsewhere, { insecure: true });
    expect((await send()).status).toBe(200);
    for (const socket of sockets) socket.removeAllListeners('data').on('data', () => socket.end('no HTTP'));
    await expect(send()).rejects.toMatchObject({ code: 'target-unreachable' });
  });

  it('shows its own certificate to a service that wants one', async () => {
    const demanding = { ...own, ca: authority, requestCert: true, rejectUnauthorized: true };
    await connectTo(demanding, { ca: authority, ...certificates.client });
    expect((await send()).status).toBe(200);
    client?.close();
    await server?.close();
    await connectTo(demanding, { ca: authority });
    await expect(send()).rejects.toMatchObject({ code: 'target-unreachable' });
  });
});
