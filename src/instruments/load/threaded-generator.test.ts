import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { endpoint, planOf, request } from '../../testing/sample-load.ts';
import { healthOf } from './health.ts';
import { startLoad } from './threaded-generator.ts';
import type { WatchedGenerator } from './watched-generator.ts';

const opened: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function serve(respond: http.RequestListener = (_, response) => response.end('ok')) {
  const paths: string[] = [];
  const connections = new Set<unknown>();
  const server = http.createServer((incoming, response) => {
    paths.push(incoming.url ?? '');
    respond(incoming, response);
  });
  server.on('connection', (socket) => connections.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths, connections };
}

async function start(...[plan, options]: Parameters<typeof startLoad>): Promise<WatchedGenerator> {
  const generator = await startLoad(plan, options);
  opened.push(() => generator.close());
  return generator;
}

async function slice(generator: WatchedGenerator, durationMs: number) {
  generator.resume();
  await sleep(durationMs);
  await generator.pause();
}

const closed = (connections: number) => ({ kind: 'closed', connections }) as const;
const step = request('GET /{{ id }}', { endpoint: 'GET /:id' });

describe('a load from two threads', () => {
  it('shares out the connections and adds up what was counted', async () => {
    const { url, paths, connections } = await serve();
    const generator = await start(planOf(url, [request('GET /')], { model: closed(7) }), { threads: 2 });
    await slice(generator, 300);
    const live = await generator.live();
    const round = await generator.take();
    const counted = endpoint(round);
    expect(connections.size).toBe(7);
    expect(counted).toMatchObject({ sent: paths.length, answered: paths.length, due: paths.length, failed: 0 });
    expect(counted.responseTime.count).toBe(paths.length);
    expect(counted.statuses).toEqual({ 200: paths.length });
    expect(round.seconds.reduce((sum, each) => sum + (each.endpoints['GET /']?.answered ?? 0), 0)).toBe(paths.length);
    expect(round.durationMs).toBeGreaterThan(200);
    expect(live).toMatchObject({ answered: paths.length, unsuccessful: 0, p50Ms: expect.any(Number) });
    expect(endpoint(await generator.take())).toMatchObject({ due: 0 });
  });

  it('sends nothing before it is resumed, nor while it is paused', async () => {
    const { url, paths } = await serve();
    const generator = await start(planOf(url, [request('GET /')]), { threads: 2 });
    await generator.live();
    expect(paths).toHaveLength(0);
    await slice(generator, 50);
    const sent = paths.length;
    await sleep(50);
    expect(paths).toHaveLength(sent);
    expect(sent).toBeGreaterThan(0);
  });

  it('uses no unique row twice, and tells how many are used up', async () => {
    const { url, paths } = await serve();
    const data = [{ as: 'id', order: 'unique', values: { kind: 'range', from: 0, to: 1e6 } }] as const;
    const share = { index: 0, count: 1, uniqueFrom: { id: 500 } };
    const generator = await start(planOf(url, [step], { data, share }), { threads: 2 });
    await slice(generator, 200);
    const rows = paths.map((path) => Number(path.slice(1)));
    expect(rows.length).toBeGreaterThan(20);
    expect(new Set(rows).size).toBe(rows.length);
    expect(Math.min(...rows)).toBe(500);
    expect(generator.usedRows().id).toBeGreaterThan(Math.max(...rows));
    expect(generator.exhausted()).toBeUndefined();
  });

  it('says which unique source had no row left, after every row was used', async () => {
    const { url, paths } = await serve();
    const data = [{ as: 'id', order: 'unique', values: { kind: 'range', from: 1, to: 9 } }] as const;
    const generator = await start(planOf(url, [step], { data }), { threads: 2 });
    await slice(generator, 200);
    expect(paths.toSorted()).toEqual(['/1', '/2', '/3', '/4', '/5', '/6', '/7', '/8', '/9']);
    expect(generator.exhausted()).toBe('id');
  });

  it.each(['even', 'poisson'] as const)('keeps the rate of the plan, with %s arrivals', async (arrivals) => {
    const { url, paths } = await serve();
    const phases = [{ durationMs: 500, fromPerS: 200, toPerS: 200, warmup: false }];
    const model = { kind: 'open', phases, arrivals, connections: 20 } as const;
    const generator = await start(planOf(url, [request('GET /')], { model }), { threads: 2 });
    await slice(generator, 800);
    const { arrivals: reached } = await generator.take();
    expect(reached?.wanted).toBe(paths.length);
    // 100 are wanted; a Poisson process varies by 10.
    if (arrivals === 'even') expect(paths).toHaveLength(100);
    expect(Math.abs(paths.length - 100)).toBeLessThanOrEqual(40);
  });

  it('watches both threads while load is offered', async () => {
    const { url } = await serve();
    const generator = await start(planOf(url, [request('GET /')]), { threads: 2 });
    await slice(generator, 400);
    const records = await generator.takeHealth();
    expect(records).toHaveLength(2);
    const watchedMs = records.map(({ activeMs, idleMs }) => activeMs + idleMs);
    // A thread hears of the beginning when it gets a core.
    expect(Math.min(...watchedMs)).toBeGreaterThan(200);
    expect(healthOf([records]).threads).toBe(2);
    await sleep(50);
    const later = await generator.takeHealth();
    expect(later.map(({ activeMs, idleMs }) => activeMs + idleMs)).toEqual([0, 0]);
  });

  it('is not started for a plan that no generator can follow', async () => {
    const plan = planOf('http://127.0.0.1:9', []);
    await expect(startLoad(plan, { threads: 2 })).rejects.toThrow('no flow sends a request');
  });

  it('counts what is in flight as lost when it is closed, and ends the pause', async () => {
    const { url } = await serve(() => undefined);
    const generator = await start(planOf(url, [request('GET /')], { timeoutMs: 60_000 }), { threads: 2 });
    generator.resume();
    await sleep(50);
    const paused = generator.pause();
    await generator.close();
    await paused;
  });

  it('rejects what was and what is asked of a thread that has died', async () => {
    const workers: Worker[] = [];
    const note = (worker: Worker) => workers.push(worker);
    process.on('worker', note);
    const { url } = await serve(() => undefined);
    const generator = await start(planOf(url, [request('GET /')], { timeoutMs: 60_000 }), { threads: 2 });
    process.off('worker', note);
    generator.resume();
    const paused = generator.pause();
    const ended = 'a thread of the load generator has ended';
    await Promise.all([expect(paused).rejects.toThrow(ended), workers[1]?.terminate()]);
    await expect(generator.take()).rejects.toThrow(ended);
    generator.resume();
    await generator.close();
  });
});

describe('a load from one thread', () => {
  it('runs in this one, and is watched all the same', async () => {
    const { url, paths } = await serve();
    const generator = await start(planOf(url, [request('GET /')]), { threads: 1 });
    await slice(generator, 100);
    expect(endpoint(await generator.take()).answered).toBe(paths.length);
    const records = await generator.takeHealth();
    expect(records).toHaveLength(1);
    expect(healthOf([records])).toMatchObject({ threads: 1, lagP95Ms: expect.any(Number) });
  });
});
