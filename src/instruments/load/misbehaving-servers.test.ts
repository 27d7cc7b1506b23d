import { once } from 'node:events';
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { afterEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../model/random.ts';
import { quantileOfStored } from '../../stats/histogram.ts';
import { type RawServer, startRawServer } from '../../testing/raw-server.ts';
import { endpoint, load, loadModels, planOf, request, slice } from '../../testing/sample-load.ts';
import { startGenerator } from './generator.ts';

// That the counts add up is checked wherever a load ends, in `slice`.

let server: RawServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(...args: Parameters<typeof startRawServer>): Promise<RawServer> {
  server = await startRawServer(...args);
  return server;
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const bothModels = Object.values(loadModels);

function expecting(status: number) {
  return { expect: { statuses: [status], json: [], headers: [], contains: [] } };
}

describe.each(bothModels)('in the $kind model, a server that closes', (model) => {
  it.each([
    ['after each response, and says so', 'end'],
    ['never, though it says so', 'write'],
  ] as const)('%s: each connection is used once, and nothing is lost', async (_, answer) => {
    const { url, accepted, requests } = await serve((socket) => {
      socket[answer]('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok');
    });
    const round = endpoint(await load(planOf(url, [request('GET /')], { model }), 300));
    expect(round.answered).toBeGreaterThan(10);
    expect(round).toMatchObject({ due: round.answered, failed: 0, troubles: {} });
    expect(requests).toHaveLength(round.sent);
    expect(accepted()).toBeGreaterThanOrEqual(round.answered);
  });

  it('after each response as HTTP/1.0 does: nothing is lost', async () => {
    const { url, requests } = await serve((socket) => {
      socket.end('HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    const round = endpoint(await load(planOf(url, [request('GET /')], { model }), 300));
    expect(round.answered).toBeGreaterThan(10);
    expect(round).toMatchObject({ due: round.answered, troubles: {} });
    expect(requests).toHaveLength(round.sent);
  });

  it('to end a body without length: the body is complete, in all its bytes', async () => {
    const response = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n${'x'.repeat(100_000)}`;
    const { url } = await serve((socket) => socket.end(response));
    const round = endpoint(await load(planOf(url, [request('GET /')], { model }), 300));
    expect(round.answered).toBeGreaterThan(5);
    expect(round.lost).toBe(0);
    expect(round.bytes).toBe(round.answered * response.length);
  });

  it('at any moment: no response is paired with another request', async () => {
    const random = createRandom(11);
    const { url, requests } = await serve((socket, { path }) => {
      const status = path.slice(1);
      const response = `HTTP/1.1 ${status} Said\r\nContent-Length: 5\r\n\r\n${status}!\n`;
      const dice = random();
      if (dice < 0.05) socket.destroy();
      else if (dice < 0.1) socket.resetAndDestroy();
      else if (dice < 0.15) socket.end(response.slice(0, 20));
      else if (dice < 0.2) socket.end(response.slice(0, -2));
      else if (dice < 0.25) socket.end(response);
      else if (dice < 0.35) setTimeout(() => socket.end(response), 3);
      else if (dice < 0.5) {
        socket.write(response.slice(0, 30));
        setTimeout(() => socket.write(response.slice(30)), 1);
      } else socket.write(response);
    });
    // A walk ends where a request is lost, so that each has a flow of its own.
    const statuses = Array.from({ length: 13 }, (_, index) => 200 + index).filter((status) => status !== 204);
    const flows = statuses.map((status) => ({
      name: String(status),
      weight: 1,
      steps: [request(`GET /${status}`, expecting(status)), request(`GET /${status}`, expecting(status))],
    }));
    const round = await load(planOf(url, [], { flows, model }), 1000);
    const rounds = Object.entries(round.endpoints);
    for (const [name, { answered, failures, statuses }] of rounds) {
      expect(answered).toBeGreaterThan(0);
      expect({ name, failures, statuses }).toEqual({ name, failures: {}, statuses: { [name.slice(5)]: answered } });
    }
    expect(rounds.reduce((sum, [, { lost }]) => sum + lost, 0)).toBeGreaterThan(0);
    // Of those that met an end of the connection that was under way, the server may know nothing.
    expect(requests.length).toBeLessThanOrEqual(rounds.reduce((sum, [, { sent }]) => sum + sent, 0));
    expect(requests.length).toBeGreaterThanOrEqual(rounds.reduce((sum, [, { answered }]) => sum + answered, 0));
  });

  it('each connection at first, and later none: the connections are made', async () => {
    let isUp = false;
    const { url, requests } = await serve((socket) => socket.write(ok), {
      onConnection: (socket) => !isUp && socket.destroy(),
    });
    const generator = startGenerator(planOf(url, [request('GET /')], { model }));
    await slice(generator, 60);
    const seen = requests.length;
    isUp = true;
    await slice(generator, 300);
    const round = endpoint(await slice(generator, 100));
    expect(seen).toBe(0);
    expect(round).toMatchObject({ due: round.answered, failed: 0, statuses: { 200: expect.any(Number) } });
    await generator.close();
  });
});

describe('a server that closes', () => {
  it('an idle connection while the load is paused: it is opened again, and nothing is lost', async () => {
    const { url, sockets, accepted } = await serve((socket) => socket.write(ok));
    const generator = startGenerator(planOf(url, [request('GET /')]));
    expect(endpoint(await slice(generator, 50)).lost).toBe(0);
    for (const socket of sockets) socket.end();
    await expect.poll(accepted).toBe(8);
    const round = endpoint(await slice(generator, 50));
    expect(round.answered).toBeGreaterThan(0);
    expect(round.lost).toBe(0);
    await generator.close();
  });

  it('an idle connection with a 408 that nobody asked for: that is no answer', async () => {
    const { url, sockets, accepted } = await serve((socket) => socket.write(ok));
    const generator = startGenerator(planOf(url, [request('GET /')]));
    await slice(generator, 50);
    for (const socket of sockets) socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
    await expect.poll(accepted).toBe(8);
    const round = endpoint(await slice(generator, 50));
    expect(Object.keys(round.statuses)).toEqual(['200']);
    expect(round.lost).toBe(0);
    await generator.close();
  });
});

describe('a server that does not answer', () => {
  it('in time: counted with the time waited, and a late answer is not paired with the next request', async () => {
    const { url } = await serve((socket, { path }) => {
      if (path === '/fast') socket.write(ok);
      else setTimeout(() => socket.write('HTTP/1.1 500 Late\r\nContent-Length: 0\r\n\r\n'), 400);
    });
    const plan = planOf(url, [request('GET /fast'), request('GET /stall')], { timeoutMs: 100 });
    const round = await load(plan, 450);
    const stall = endpoint(round, 'GET /stall');
    expect(stall.timedOut).toBeGreaterThanOrEqual(8);
    expect(stall).toMatchObject({ sent: stall.timedOut, answered: 0, lost: 0, statuses: {} });
    expect(stall.responseTime.minUs).toBeGreaterThanOrEqual(100_000);
    expect(stall.serviceTime.minUs).toBeGreaterThanOrEqual(100_000);
    const fast = endpoint(round, 'GET /fast');
    expect(fast.statuses).toEqual({ 200: fast.sent });
  });

  it('within the time of one step is given up for that step alone', async () => {
    const { url } = await serve((socket) => setTimeout(() => socket.write(ok), 150));
    const steps = [request('GET /patient'), request('GET /hasty', { timeoutMs: 50 })];
    const round = await load(planOf(url, steps), 300);
    expect(endpoint(round, 'GET /patient')).toMatchObject({ timedOut: 0, lost: 0, failed: 0 });
    const { timedOut, sent } = endpoint(round, 'GET /hasty');
    expect(timedOut).toBeGreaterThan(0);
    expect(sent).toBe(timedOut);
  });

  it('for 2 s: users of the closed model wait, and each counts once', async () => {
    const { respond, stall } = stalling(2000);
    const { url, requests } = await serve(respond);
    const generator = startGenerator(planOf(url, [request('GET /')], { timeoutMs: 5000 }));
    const loading = slice(generator, 300);
    setTimeout(stall, 100);
    const round = endpoint(await loading);
    expect(round).toMatchObject({ due: round.answered, failed: 0 });
    expect(requests).toHaveLength(round.sent);
    const { responseTime } = round;
    const atRank = (rank: number) => quantileOfStored(responseTime, rank / (responseTime.count - 1));
    expect(responseTime.maxUs).toBeGreaterThan(1_900_000);
    // One for each of the users, and no more.
    expect(atRank(responseTime.count - 4)).toBeGreaterThan(1_500_000);
    expect(atRank(responseTime.count - 5)).toBeLessThan(1_500_000);
    await generator.close();
  });

  it('for 2 s: in the open model response times count from when each request was due', async () => {
    const { respond, stall } = stalling(2000);
    const { url, requests } = await serve(respond);
    // Few connections, so that most that come due in the stall cannot be sent in it.
    const model = { ...loadModels.open, connections: 5 };
    const generator = startGenerator(planOf(url, [request('GET /')], { model, timeoutMs: 5000 }));
    const loading = slice(generator, 3000);
    setTimeout(stall, 500);
    const round = await loading;
    const { due, answered, responseTime, serviceTime } = endpoint(round);
    expect(due).toBeGreaterThanOrEqual(299);
    expect(answered).toBe(due);
    expect(requests).toHaveLength(due);
    // Two in three come due in the stall, and wait from 2 s down to 0: the median is somewhere in the middle of it.
    const p50Ms = (quantileOfStored(responseTime, 0.5) ?? 0) / 1000;
    expect(p50Ms).toBeGreaterThan(250);
    expect(p50Ms).toBeLessThan(900);
    expect(responseTime.sumUs / due / 1000).toBeGreaterThan(500);
    // Only five were on the way meanwhile, so that the service times tell nothing of it.
    expect((quantileOfStored(serviceTime, 0.95) ?? 0) / 1000).toBeLessThan(250);
    expect(round.arrivals?.wanted).toBe(due);
    await generator.close();
  });

  it('for longer than the patience: in the open model what no connection was free for is unsent', async () => {
    const { url, requests } = await serve(() => undefined);
    const model = { ...loadModels.open, connections: 5 };
    const round = await load(planOf(url, [request('GET /')], { model, timeoutMs: 300 }), 500);
    const { due, sent, unsent, timedOut, troubles } = endpoint(round);
    expect(due).toBeGreaterThanOrEqual(48);
    expect(sent).toBe(timedOut);
    expect(requests).toHaveLength(sent);
    expect(troubles).toEqual({ 'no connection was free': unsent });
    expect(unsent).toBeGreaterThan(20);
    expect(endpoint(round).responseTime.minUs).toBeGreaterThanOrEqual(299_000);
  });

  it.each(bothModels)('and resets in the middle of the body: lost, not answered ($kind model)', async (model) => {
    const { url, requests } = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\nbegin');
      setTimeout(() => socket.resetAndDestroy(), 5);
    });
    const round = endpoint(await load(planOf(url, [request('GET /')], { model }), 200));
    expect(round.lost).toBeGreaterThan(0);
    expect(round).toMatchObject({ sent: round.lost, answered: 0, bytes: 0 });
    expect(round.troubles.ECONNRESET).toBeGreaterThan(0);
    expect(requests).toHaveLength(round.sent);
    expect(round.responseTime.count).toBe(0);
  });

  it.each(bothModels)(
    'because nothing listens: unsent, with pauses between the attempts ($kind model)',
    async (model) => {
      const free = net.createServer().listen(0, '127.0.0.1');
      await once(free, 'listening');
      const { port } = free.address() as net.AddressInfo;
      free.close();
      await once(free, 'close');
      const beganAt = performance.now();
      const round = await load(planOf(`http://127.0.0.1:${port}`, [request('GET /')], { model }), 400);
      const seconds = (performance.now() - beganAt) / 1000;
      const { due, unsent, troubles } = endpoint(round);
      expect(unsent).toBeGreaterThanOrEqual(4);
      expect(due).toBe(unsent);
      expect(troubles.ECONNREFUSED).toBeGreaterThan(0);
      // 10, 20, 40 … ms apart: seven attempts in the first second, and then one a second.
      if (model.kind === 'closed') expect(unsent).toBeLessThanOrEqual(4 * (8 + seconds));
      else expect(due).toBeLessThanOrEqual(100 * seconds + 2);
      expect(round.trouble).toBe('ECONNREFUSED');
    },
  );

  it.each(bothModels)(
    'but closes each connection as it is made: with pauses between the attempts ($kind model)',
    async (model) => {
      const { url, accepted, requests } = await serve(() => undefined, { onConnection: (socket) => socket.destroy() });
      const beganAt = performance.now();
      const round = endpoint(await load(planOf(url, [request('GET /')], { model }), 400));
      const seconds = (performance.now() - beganAt) / 1000;
      expect(round.answered).toBe(0);
      expect(round.sent).toBe(round.lost);
      expect(requests).toEqual([]);
      // 10, 20, 40 … ms apart: seven attempts in the first second, and then one a second.
      expect(accepted()).toBeLessThanOrEqual(model.connections * (8 + seconds));
    },
  );

  it('when a connection is made: in time that is given up, and tried again', async () => {
    // What it waits for is a request, and what it is sent the beginning of TLS.
    const { url, accepted } = await serve(() => undefined);
    const plan = planOf(url.replace('http:', 'https:'), [request('GET /')], { timeoutMs: 100 });
    const { due, unsent, troubles } = endpoint(await load(plan, 250));
    expect(unsent).toBe(due);
    expect(Object.keys(troubles).join()).toMatch(/no connection/);
    expect(accepted()).toBeGreaterThanOrEqual(8);
  });
});

/** Answers at once, but for one time in which everything waits until its end. */
function stalling(durationMs: number) {
  let until = 0;
  return {
    respond(socket: net.Socket) {
      const left = until - performance.now();
      if (left <= 0) socket.write(ok);
      else setTimeout(() => socket.write(ok), left);
    },
    stall() {
      until = performance.now() + durationMs;
    },
  };
}
