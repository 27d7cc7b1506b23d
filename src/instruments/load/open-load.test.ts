import { describe, expect, it } from 'vitest';
import type { ArrivalPhase, OpenModel } from '../../model/load-spec.ts';
import { quantileOfStored } from '../../stats/histogram.ts';
import { countingServers } from '../../testing/counting-server.ts';
import { endpoint, load, planOf, request, slice } from '../../testing/sample-load.ts';
import { startGenerator } from './generator.ts';

const serve = countingServers();

const at = (perS: number, more: Partial<ArrivalPhase> = {}): ArrivalPhase => ({
  fromPerS: perS,
  toPerS: perS,
  warmup: false,
  ...more,
});

function open(phases: readonly ArrivalPhase[], more: Partial<OpenModel> = {}): { readonly model: OpenModel } {
  return { model: { kind: 'open', phases, arrivals: 'even', connections: 100, ...more } };
}

describe('load at a rate', () => {
  it('begins as many flows a second as wanted, however slow the service is', async () => {
    const { url, arrivals } = await serve((_, response) => setTimeout(() => response.end(), 60));
    const round = await load(planOf(url, [request('GET /')], open([at(200)])), 1000);
    expect(arrivals.length).toBeGreaterThanOrEqual(198);
    expect(arrivals.length).toBeLessThanOrEqual(225);
    expect(round.arrivals?.wanted).toBe(arrivals.length);
    expect(round.arrivals?.begun).toBe(arrivals.length);
    expect(endpoint(round)).toMatchObject({ due: arrivals.length, sent: arrivals.length, unsent: 0 });
  });

  it('spreads the arrivals over each second', async () => {
    const { url, arrivals } = await serve();
    await load(planOf(url, [request('GET /')], open([at(500)])), 1000);
    const first = arrivals[0] ?? 0;
    const perTenth = Array.from(
      { length: 9 },
      (_, tenth) => arrivals.filter((time) => Math.floor((time - first) / 100) === tenth).length,
    );
    // On a machine with other work a tenth may come late; a burst a second would be 500 and 0.
    expect(Math.max(...perTenth)).toBeLessThan(120);
    expect(perTenth.toSorted((a, b) => a - b)[4]).toBeGreaterThan(35);
  });

  it('follows a ramp', async () => {
    const { url, arrivals } = await serve();
    await load(planOf(url, [request('GET /')], open([{ ...at(0, { durationMs: 1000 }), toPerS: 400 }])), 1100);
    expect(arrivals.length).toBe(200);
    const first = arrivals[0] ?? 0;
    const firstHalf = arrivals.filter((time) => time - first < 450).length;
    expect(firstHalf).toBeGreaterThan(30);
    expect(firstHalf).toBeLessThan(80);
  });

  it('counts the response time from when a request was due, and the service time from when it was sent', async () => {
    // One connection and 20 ms each: fifty a second at most, and a hundred are wanted.
    const { url } = await serve((_, response) => setTimeout(() => response.end(), 20));
    const plan = planOf(url, [request('GET /')], { ...open([at(100)], { connections: 1 }), timeoutMs: 5000 });
    const round = await load(plan, 1000);
    const { responseTime, serviceTime, due, unsent } = endpoint(round);
    expect(due).toBeGreaterThan(95);
    expect(unsent).toBe(0);
    expect(quantileOfStored(serviceTime, 0.5)).toBeLessThan(40_000);
    // The last of a hundred waits for fifty others.
    expect(quantileOfStored(responseTime, 0.9)).toBeGreaterThan(600_000);
    expect(round.arrivals?.begun).toBeLessThan(0.75 * due);
  });

  it('counts flows begun, not the later requests of flows that wait for a connection', async () => {
    // The first request of every flow is sent at once; the second ones queue behind one that hangs.
    const { url } = await serve(({ url: path }, response) => {
      if (path === '/a') response.end();
      else setTimeout(() => response.end(), 400);
    });
    const steps = [request('GET /a'), { kind: 'think', durationMs: 150 } as const, ...Array(3).fill(request('GET /b'))];
    const model = open([at(40, { durationMs: 100 })], { connections: 1 });
    const generator = startGenerator(planOf(url, steps, { ...model, timeoutMs: 5000 }));
    const { arrivals } = await slice(generator, 300);
    await generator.close();
    expect(arrivals).toEqual({ wanted: 4, begun: 4 });
  });

  it('gives up what finds no free connection until the timeout, and says so', async () => {
    const { url, arrivals } = await serve(() => undefined);
    const plan = planOf(url, [request('GET /')], { ...open([at(50)], { connections: 2 }), timeoutMs: 300 });
    const round = endpoint(await load(plan, 500));
    expect(round.due).toBe(round.sent + round.unsent);
    expect(round.unsent).toBeGreaterThan(5);
    expect(round.timedOut).toBe(round.sent);
    expect(round.troubles['no connection was free']).toBe(round.unsent);
    expect(round.responseTime.count).toBe(round.due);
    expect(round.responseTime.minUs).toBeGreaterThanOrEqual(299_000);
    expect(arrivals).toHaveLength(round.sent);
  });

  it('keeps reading answers at a rate that it cannot send, and counts whatever was due', async () => {
    const { url } = await serve();
    const plan = planOf(url, [request('GET /')], { ...open([at(1_000_000)]), timeoutMs: 500 });
    let ticks = 0;
    const ticker = setInterval(() => ticks++, 20);
    const { arrivals, ...round } = await load(plan, 300);
    clearInterval(ticker);
    const { due, sent, unsent, answered } = endpoint(round);
    expect(arrivals?.wanted).toBeGreaterThan(299_000);
    expect(due).toBe(arrivals?.wanted);
    expect(due).toBe(sent + unsent);
    expect(answered).toBeGreaterThan(100);
    expect(ticks).toBeGreaterThan(5);
  });

  it('says that nothing could be sent where nothing listens', async () => {
    const { url, close } = await serve();
    close();
    const round = endpoint(await load(planOf(url, [request('GET /')], open([at(100)])), 300));
    expect(round).toMatchObject({ sent: 0, answered: 0 });
    expect(round.unsent).toBe(round.due);
    expect(round.troubles.ECONNREFUSED).toBeGreaterThan(0);
  });

  it('opens no more connections than it needs, also for flows of several steps', async () => {
    const { url, connections } = await serve();
    const steps = [request('GET /a'), request('GET /b'), request('GET /c')];
    await load(planOf(url, steps, open([at(20)])), 500);
    // Ten are kept ready.
    expect(connections()).toBe(10);
  });

  it('counts the wait of a later step from the answer before it', async () => {
    const { url } = await serve((_, response) => setTimeout(() => response.end(), 30));
    const round = await load(planOf(url, [request('GET /a'), request('GET /b')], open([at(20)])), 400);
    for (const name of ['GET /a', 'GET /b']) {
      const { responseTime, due } = endpoint(round, name);
      expect(due).toBeGreaterThan(4);
      expect(quantileOfStored(responseTime, 0.5)).toBeLessThan(60_000);
    }
  });

  it('stands still while paused: what was due is drained, and the schedule goes on where it was', async () => {
    const { url, arrivals } = await serve();
    const generator = startGenerator(planOf(url, [request('GET /')], open([at(100, { durationMs: 600 })])));
    await slice(generator, 200);
    const first = arrivals.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(arrivals).toHaveLength(first);
    const rest = await slice(generator, 600);
    expect(arrivals).toHaveLength(60);
    expect(rest.arrivals?.wanted).toBe(60 - first);
    await generator.close();
  });

  it('counts by the second of offered time, and nothing is missing', async () => {
    const { url } = await serve();
    const generator = startGenerator(planOf(url, [request('GET /')], open([at(200)])));
    await slice(generator, 100);
    generator.resume();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await generator.pause();
    const round = await generator.take();
    expect(round.seconds.map(({ second }) => second)).toEqual([0, 1]);
    const counts = round.seconds.map(({ endpoints }) => endpoints['GET /']?.answered ?? 0);
    expect(counts[0]).toBeGreaterThan(150);
    expect(counts[0]! + counts[1]!).toBe(endpoint(round).answered);
    await generator.close();
  });
});
