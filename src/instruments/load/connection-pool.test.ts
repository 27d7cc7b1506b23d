import { once } from 'node:events';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { certificates } from '../../testing/certificates.ts';
import { type RawServer, startRawServer } from '../../testing/raw-server.ts';
import { type ConnectionPool, openPool, type PoolOptions } from './connection-pool.ts';
import type { OutgoingRequest, Settlement } from './exchange.ts';

let server: RawServer | undefined;
let pool: ConnectionPool | undefined;

afterEach(async () => {
  await pool?.close();
  await server?.close();
  pool = undefined;
  server = undefined;
});

async function serve(...args: Parameters<typeof startRawServer>): Promise<RawServer> {
  server = await startRawServer(...args);
  return server;
}

/** Opens connections when they are needed, to at most 10. */
function open(url: string, options: Partial<PoolOptions> = {}): ConnectionPool {
  pool = openPool({ url, timeoutMs: 1000, connections: 10, opened: 0, ...options });
  return pool;
}

function get(path: string, more: Partial<OutgoingRequest> = {}): OutgoingRequest {
  const bytes = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  return { method: 'GET', bytes, wantsBody: true, timeoutMs: 1000, ...more };
}

/** How the request ended; fails the test where that is told twice, or from within. */
function ask(requests: ConnectionPool, path = '/', more: Partial<OutgoingRequest> = {}): Promise<Settlement> {
  return new Promise((resolve, reject) => {
    let isSent = false;
    let ends = 0;
    requests.send(get(path, more), performance.now(), (settlement) => {
      ends += 1;
      if (!isSent) reject(new Error('settled from within'));
      if (ends > 1) throw new Error('settled twice');
      resolve(settlement);
    });
    isSent = true;
  });
}

function kinds(settlements: readonly Settlement[]): readonly string[] {
  return settlements.map(({ kind }) => kind);
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('the pool', () => {
  it('uses the connection that was used last', async () => {
    const used: Socket[] = [];
    const { url, accepted } = await serve((socket) => {
      used.push(socket);
      setTimeout(() => socket.write(ok), 2);
    });
    const requests = open(url, { opened: 4 });
    await expect.poll(accepted).toBe(4);
    await sleep(20);
    expect(kinds(await Promise.all([ask(requests), ask(requests), ask(requests)]))).toEqual(Array(3).fill('answered'));
    expect(new Set(used).size).toBe(3);
    const last = used.length;
    for (let turn = 0; turn < 10; turn++) await ask(requests);
    expect(new Set(used.slice(last)).size).toBe(1);
    expect(accepted()).toBe(4);
  });

  it('turns away who finds too many waiting', async () => {
    const { url } = await serve((socket) => setTimeout(() => socket.write(ok), 30));
    const requests = open(url, { connections: 1, mostWaiting: 2 });
    const settled = await Promise.all(Array.from({ length: 4 }, () => ask(requests)));
    expect(kinds(settled)).toEqual(['answered', 'answered', 'refused', 'refused']);
    expect(settled[3]).toMatchObject({ reason: 'no connection was free' });
  });

  it('sends the next request of a walk over the connection that the last one set free', async () => {
    const { url, accepted } = await serve((socket) => socket.write(ok));
    const requests = open(url);
    const kindsOfWalk: string[] = [];
    await new Promise<void>((resolve) => {
      const step = (settlement?: Settlement) => {
        if (settlement) kindsOfWalk.push(settlement.kind);
        if (kindsOfWalk.length === 20) resolve();
        else requests.send(get('/'), performance.now(), step);
      };
      step();
    });
    expect(kindsOfWalk).toEqual(Array(20).fill('answered'));
    expect(accepted()).toBe(1);
  });

  it('has no more connections than requests at a time, where the server closes each', async () => {
    let most = 0;
    const { url, sockets } = await serve((socket) => {
      most = Math.max(most, sockets.size);
      socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok');
    });
    const requests = open(url);
    for (let turn = 0; turn < 20; turn++) expect(await ask(requests)).toMatchObject({ kind: 'answered' });
    // The one that is being closed, and the next.
    expect(most).toBeLessThanOrEqual(2);
  });

  it('opens as many as are needed at a time, and no more than it may', async () => {
    const held: Socket[] = [];
    const { url, accepted } = await serve((socket) => held.push(socket));
    const requests = open(url, { connections: 3 });
    const first = [ask(requests), ask(requests)];
    await expect.poll(() => held.length).toBe(2);
    expect(accepted()).toBe(2);
    const later = [ask(requests), ask(requests), ask(requests)];
    await expect.poll(() => held.length).toBe(3);
    await sleep(30);
    expect(accepted()).toBe(3);
    expect(requests.backlog()).toBe(2);
    while (held.length > 0) {
      held.shift()?.write(ok);
      await sleep(10);
    }
    expect(kinds(await Promise.all([...first, ...later]))).toEqual(Array(5).fill('answered'));
    expect(accepted()).toBe(3);
  });

  it('opens a connection anew that was idle for too long, and one that was not, not', async () => {
    const { url, accepted } = await serve((socket) => socket.write(ok));
    const requests = open(url, { freshMs: 100, opened: 2 });
    await expect.poll(accepted).toBe(2);
    await ask(requests);
    await ask(requests);
    expect(accepted()).toBe(2);
    await sleep(150);
    expect(await ask(requests)).toMatchObject({ kind: 'answered' });
    await expect.poll(accepted).toBe(4);
    expect(kinds(await Promise.all([ask(requests), ask(requests)]))).toEqual(['answered', 'answered']);
    expect(accepted()).toBe(4);
  });

  it('loses nothing to a server that closes what is idle for a while', async () => {
    const { url } = await serve((socket) => socket.write(ok), {
      onConnection: (socket) => socket.setTimeout(60, () => socket.destroy()),
    });
    const requests = open(url, { freshMs: 30 });
    for (let turn = 0; turn < 8; turn++) {
      expect(await ask(requests)).toMatchObject({ kind: 'answered' });
      await sleep(40 + turn * 10);
    }
  });

  it('gives each waiting request up at its own timeout, and tells nothing sent of it', async () => {
    const { url, requests: seen } = await serve(() => undefined);
    const requests = open(url, { connections: 1 });
    const dueAt = performance.now();
    const [sent, patient, hasty] = await Promise.all([
      ask(requests, '/sent', { timeoutMs: 400 }),
      ask(requests, '/patient', { timeoutMs: 300 }),
      ask(requests, '/hasty', { timeoutMs: 100 }),
    ]);
    expect(kinds([sent, patient, hasty])).toEqual(['timed-out', 'unsent', 'unsent']);
    expect(hasty.endedAt - dueAt).toBeGreaterThanOrEqual(100);
    expect(hasty.endedAt).toBeLessThan(patient.endedAt);
    expect(patient.endedAt - dueAt).toBeGreaterThanOrEqual(300);
    expect(seen.map(({ path }) => path)).toEqual(['/sent']);
    expect(requests.backlog()).toBe(0);
  });

  it('refuses one waiting request per attempt, ever more slowly', async () => {
    const { url, accepted } = await serve(() => undefined, { tls: certificates.server });
    const requests = open(url, { connections: 2, opened: 2 });
    const reasons: string[] = [];
    const beganAt = performance.now();
    while (performance.now() - beganAt < 400) {
      const settlement = await ask(requests);
      reasons.push(settlement.kind === 'refused' ? settlement.reason : settlement.kind);
    }
    expect(new Set(reasons)).toEqual(new Set(['UNABLE_TO_VERIFY_LEAF_SIGNATURE']));
    const seconds = (performance.now() - beganAt) / 1000;
    // 10, 20, 40 … ms apart, up to a second.
    expect(reasons.length).toBeLessThanOrEqual(2 * (7 + seconds));
    expect(accepted()).toBeLessThanOrEqual(2 * (8 + seconds));
  });

  it('settles what was answered as the connection ended, and what was not as lost', async () => {
    const { url } = await serve((socket, { path }) => {
      if (path === '/answer') socket.end(ok.replace('\r\n', '\r\nConnection: close\r\n'));
      else if (path === '/reset') socket.resetAndDestroy();
      else socket.end(ok.slice(0, -1));
    });
    const requests = open(url, { connections: 1 });
    const paths = ['/answer', '/part', '/answer', '/reset', '/answer'];
    const settlements = await Promise.all(paths.map((path) => ask(requests, path)));
    expect(kinds(settlements)).toEqual(['answered', 'lost', 'answered', 'lost', 'answered']);
    expect(settlements[3]).toMatchObject({ reason: 'ECONNRESET' });
  });

  it('loses what was sent over a connection that the server was closing without a word', async () => {
    const { url } = await serve((socket) => socket.end(ok));
    const requests = open(url, { connections: 1 });
    const settlements = await Promise.all([ask(requests, '/1'), ask(requests, '/2'), ask(requests, '/3')]);
    expect(kinds(settlements)).toEqual(['answered', 'lost', 'answered']);
    // With time between them nothing is under way as it closes.
    for (let turn = 0; turn < 3; turn++) {
      await sleep(20);
      expect(await ask(requests)).toMatchObject({ kind: 'answered' });
    }
  });

  it('does not give up what was answered in time while this process was held up', async () => {
    const worker = new Worker(
      `const server = require('node:http').createServer((_, response) => setTimeout(() => response.end('ok'), 30));
       server.listen(0, '127.0.0.1', () => require('node:worker_threads').parentPort.postMessage(server.address().port));`,
      { eval: true },
    );
    try {
      const [port] = await once(worker, 'message');
      const requests = open(`http://127.0.0.1:${port}`);
      await ask(requests);
      const settled = ask(requests, '/', { timeoutMs: 100 });
      await sleep(1);
      const until = performance.now() + 400;
      while (performance.now() < until);
      expect(await settled).toMatchObject({ kind: 'answered', response: { status: 200 } });
    } finally {
      await worker.terminate();
    }
  });

  it('gives up what is not answered, at its time and not before, however the times differ', async () => {
    const { url } = await serve(() => undefined);
    const requests = open(url);
    const settlements = await Promise.all(
      [200, 50, 120, 50].map((timeoutMs) => ask(requests, `/${timeoutMs}`, { timeoutMs })),
    );
    const waited = settlements.map((end) => (end.kind === 'timed-out' ? end.endedAt - end.sentAt : Number.NaN));
    expect(waited[0]).toBeGreaterThanOrEqual(200);
    expect(waited[1]).toBeGreaterThanOrEqual(50);
    expect(waited[2]).toBeGreaterThanOrEqual(120);
    expect(settlements.map(({ endedAt }) => endedAt).indexOf(Math.max(...settlements.map((end) => end.endedAt)))).toBe(
      0,
    );
  });

  it('closes everything: what is connecting, busy, idle, or waits to connect again', async () => {
    const plain = await serve((socket, { path }) => path === '/' && socket.write(ok));
    const busy = open(plain.url, { opened: 3 });
    await expect.poll(plain.accepted).toBe(3);
    await ask(busy);
    let told = 0;
    const tell = () => {
      told += 1;
    };
    busy.send(get('/held'), performance.now(), tell);
    // It answers nothing to the beginning of TLS.
    const connecting = openPool({
      url: plain.url.replace('http:', 'https:'),
      timeoutMs: 5000,
      connections: 2,
      opened: 2,
    });
    connecting.send(get('/'), performance.now(), tell);
    const refused = openPool({ url: 'http://127.0.0.1:1', timeoutMs: 5000, connections: 2, opened: 2 });
    await expect.poll(plain.accepted).toBe(5);
    await Promise.all([busy.close(), connecting.close(), refused.close()]);
    await expect.poll(() => plain.sockets.size).toBe(0);
    await sleep(50);
    expect(plain.accepted()).toBe(5);
    expect(told).toBe(0);
  });

  it('closes before it has begun to connect', async () => {
    const { url, accepted } = await serve(() => undefined);
    await open(url, { opened: 2 }).close();
    await sleep(30);
    expect(accepted()).toBeLessThanOrEqual(2);
    expect(server?.sockets.size).toBe(0);
  });
});
