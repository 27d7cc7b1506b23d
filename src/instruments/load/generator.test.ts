import type http from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { quantileOfStored } from '../../stats/histogram.ts';
import { countingServers } from '../../testing/counting-server.ts';
import { endpoint, load, planOf, request, slice } from '../../testing/sample-load.ts';
import { startGenerator } from './generator.ts';

const serve = countingServers();

const closed = (connections: number) => ({ kind: 'closed', connections }) as const;
const expectStatus = (status: number) => ({ statuses: [status], json: [], headers: [], contains: [] });
const think = (durationMs: number) => ({ kind: 'think', durationMs }) as const;

describe('the load generator', () => {
  it('reads the latency of a server with a timer of 20 ms within 10 % of the truth', async () => {
    const truthMs: number[] = [];
    const { url } = await serve((_, response) => {
      const start = performance.now();
      setTimeout(() => {
        truthMs.push(performance.now() - start);
        response.end('ok');
      }, 20);
    });
    const { responseTime: latency } = endpoint(await load(planOf(url, [request('GET /')]), 1500));
    const median = truthMs.sort((a, b) => a - b)[truthMs.length >> 1]!;
    const p50 = quantileOfStored(latency, 0.5)! / 1000;
    // On a machine with other work the timer itself comes late: what the server saw is the truth.
    expect(p50).toBeGreaterThanOrEqual(median * 0.98);
    expect(p50).toBeLessThanOrEqual(median * 1.1);
    expect(p50).toBeGreaterThan(19);
  }, 20_000);

  it('is closed: no more requests at a time than connections', async () => {
    let open = 0;
    let most = 0;
    const { url, connections } = await serve((_, response) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        response.end();
      }, 5);
    });
    const round = endpoint(await load(planOf(url, [request('GET /')], { model: closed(7) }), 150));
    expect(most).toBe(7);
    expect(connections()).toBe(7);
    expect(round.sent).toBeGreaterThan(14);
  });

  it('drains what is in flight when it pauses, and counts the wait for it, but nothing twice', async () => {
    const { url, paths } = await serve((_, response) => setTimeout(() => response.end('late'), 150));
    const generator = startGenerator(planOf(url, [request('GET /')]));
    generator.resume();
    await sleep(50);
    await expect(generator.take()).rejects.toThrow('paused');
    const pausing = generator.pause();
    await expect(generator.take()).rejects.toThrow('paused');
    await pausing;
    const round = await generator.take();
    expect(endpoint(round)).toMatchObject({ sent: 4, answered: 4, lost: 0, timedOut: 0 });
    expect(round.durationMs).toBeGreaterThanOrEqual(149);
    expect(round.durationMs).toBeLessThan(400);
    expect(paths).toHaveLength(4);
    expect(await generator.take()).toMatchObject({
      durationMs: 0,
      endpoints: { 'GET /': { sent: 0, responseTime: { count: 0 } } },
    });
    await generator.close();
  });

  it('counts as many answers a second as the users get, however short the slices', async () => {
    for (const latencyMs of [40, 160]) {
      const { url } = await serve((_, response) => setTimeout(() => response.end(), latencyMs));
      const generator = startGenerator(planOf(url, [request('GET /')]));
      for (let turn = 0; turn < 4; turn++) {
        generator.resume();
        await sleep(100);
        await generator.pause();
      }
      const round = await generator.take();
      const { answered, serviceTime: latency } = endpoint(round);
      const perUserMs = (4 * round.durationMs) / answered;
      expect(perUserMs).toBeGreaterThan((0.98 * latency.sumUs) / latency.count / 1000);
      expect(perUserMs).toBeLessThan((1.15 * latency.sumUs) / latency.count / 1000);
      await generator.close();
    }
  });

  it('counts of a user that thinks the time until the pause', async () => {
    const { url } = await serve();
    const round = await load(planOf(url, [request('GET /'), think(10_000)]), 100);
    expect(endpoint(round).answered).toBe(4);
    expect(round.durationMs).toBeGreaterThanOrEqual(98);
    expect(round.durationMs).toBeLessThan(250);
  });

  it('pools its slices until they are taken, over the same connections', async () => {
    const { url, paths, connections } = await serve();
    const generator = startGenerator(planOf(url, [request('GET /')]));
    for (let i = 0; i < 3; i++) {
      generator.resume();
      await sleep(30);
      await generator.pause();
    }
    const round = await generator.take();
    expect(endpoint(round).sent).toBe(paths.length);
    expect(endpoint(round).lost).toBe(0);
    expect(round.durationMs).toBeGreaterThanOrEqual(85);
    expect(connections()).toBe(4);
    await generator.close();
  });

  it('sends nothing before it is resumed, nor while it is paused', async () => {
    const { url, paths } = await serve();
    const generator = startGenerator(planOf(url, [request('GET /')]));
    await sleep(30);
    expect(paths).toHaveLength(0);
    await slice(generator, 20);
    const sent = paths.length;
    await sleep(30);
    expect(paths).toHaveLength(sent);
    await generator.close();
  });

  it('counts what is in flight as lost when it is closed', async () => {
    const { url } = await serve(() => undefined);
    const generator = startGenerator(planOf(url, [request('GET /')]));
    generator.resume();
    await sleep(50);
    const paused = generator.pause();
    await generator.close();
    await paused;
    expect(endpoint(await generator.take())).toMatchObject({ sent: 4, lost: 4, answered: 0 });
  });

  it('counts as failed what is not expected, and without expectation what is 400 or above', async () => {
    const { url } = await serve((incoming, response) => {
      response.statusCode = Number(incoming.url?.slice(1));
      response.end();
    });
    const round = await load(
      planOf(url, [
        request('GET /399'),
        request('GET /400'),
        request('GET /404', { expect: expectStatus(404) }),
        request('GET /200', { expect: expectStatus(201) }),
      ]),
      100,
    );
    const isFailed = (name: string) => endpoint(round, name).failed / endpoint(round, name).answered;
    expect(['GET /399', 'GET /400', 'GET /404', 'GET /200'].map(isFailed)).toEqual([0, 1, 0, 1]);
  });

  it('gives steps of one endpoint one count', async () => {
    const { url, paths } = await serve();
    const steps = [request('GET /a', { endpoint: 'GET /:x' }), request('GET /b', { endpoint: 'GET /:x' })];
    const round = await load(planOf(url, steps), 50);
    expect(Object.keys(round.endpoints)).toEqual(['GET /:x']);
    expect(endpoint(round).sent).toBe(paths.length);
  });

  it('thinks without holding up others, and not while it is paused', async () => {
    const { url, paths } = await serve();
    const thinker = { name: 'thinker', weight: 1, steps: [request('GET /once'), think(120), request('GET /again')] };
    const generator = startGenerator(planOf(url, [], { flows: [thinker], model: closed(2) }));
    await slice(generator, 60);
    await sleep(150);
    await slice(generator, 30);
    expect(paths).toEqual(['/once', '/once']);
    await slice(generator, 60);
    expect(paths.filter((path) => path === '/again')).toHaveLength(2);
    await generator.close();
  });

  it('sends what the templates say, with the length in bytes', async () => {
    const seen: { url: string | undefined; headers: http.IncomingHttpHeaders; body: string }[] = [];
    const { url } = await serve((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        seen.push({ url: incoming.url, headers: incoming.headers, body: Buffer.concat(chunks).toString() });
        response.end();
      });
    });
    const step = request('POST /users/{{ user.id }}?q={{ user.name }}', {
      headers: { 'content-type': 'application/json', 'x-name': '{{ user.name }}' },
      body: { kind: 'json', text: '{"name":"{{ user.name }}"}' },
    });
    const rows = [{ id: '7', name: 'Zoë\r\nX-Injected: 1' }];
    const data = [{ as: 'user', order: 'sequence', values: { kind: 'rows', rows } }] as const;
    const round = endpoint(await load(planOf(url, [step], { data, headers: { 'X-Variant': 'after' } }), 50));
    expect(round.failed + round.lost).toBe(0);
    expect(seen[0]).toMatchObject({
      url: '/users/7?q=Zo%C3%AB%0D%0AX-Injected:%201',
      headers: { 'content-type': 'application/json', 'x-variant': 'after' },
      body: '{"name":"Zoë\\r\\nX-Injected: 1"}',
    });
    expect(seen[0]?.headers).not.toHaveProperty('x-injected');
    expect(round.sent).toBe(seen.length);
  });

  it('asks two services the same in the same order', async () => {
    const data = [{ as: 'id', order: 'random', values: { kind: 'range', from: 1, to: 1e6 } }] as const;
    const flows = [
      { name: 'a', weight: 2, steps: [request('GET /a/{{ id }}')] },
      { name: 'b', weight: 1, steps: [request('GET /b/{{ id }}')] },
    ];
    const asked = [];
    for (const delayMs of [0, 3]) {
      const { url, paths } = await serve((_, response) => setTimeout(() => response.end(), delayMs));
      await load(planOf(url, [], { flows, data, model: closed(1), seed: 5 }), 150);
      asked.push(paths);
    }
    const [before = [], after = []] = asked;
    const length = Math.min(before.length, after.length);
    expect(length).toBeGreaterThan(10);
    expect(before.slice(0, length)).toEqual(after.slice(0, length));
  });
});
