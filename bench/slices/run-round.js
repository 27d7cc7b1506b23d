import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPool } from '../../dist/instruments/load/connection-pool.js';
import { createItinerary } from '../../dist/instruments/load/itinerary.js';
import { raisePriority } from '../../dist/instruments/load/priority.js';
import { startUsers } from '../../dist/instruments/load/users.js';
import { createRandom } from '../../dist/model/random.js';
import { sliceOrder } from '../../dist/run/slice-order.js';
import { request } from '../load/steps.js';
import { serveJob, startModule } from '../processes.js';

const warmupMs = 1000;

/**
 * One round as the product has it: two fresh processes, warmed up, that take turns. Two of the same service, since what
 * matters here is not their difference. Returns for both every answer as a pair: how long after the beginning of its slice
 * it was due, and its response time, in milliseconds.
 */
serveJob(async ({ path, connections, slices, sliceMs, seed }) => {
  const servers = [0, 1].map(() => startModule(new URL('fixture-server.js', import.meta.url)));
  try {
    const ports = await Promise.all(servers.map((server) => server.message(10_000)));
    const lanes = ports.map(({ port }) => startLane({ url: `http://127.0.0.1:${port}`, path, connections, seed }));
    for (const lane of lanes) await lane.slice(warmupMs);
    for (const lane of lanes) lane.answers.length = 0;
    for (const index of sliceOrder(2, slices, createRandom(seed))) await lanes[index].slice(sliceMs);
    await Promise.all(lanes.map((lane) => lane.close()));
    return { lanes: lanes.map(({ answers }) => answers) };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
});

/** The product's own users and connections; in place of its histograms a list, which knows when in a slice each was due. */
function startLane({ url, path, connections, seed }) {
  const flows = [{ name: path, weight: 1, steps: [request(`GET ${path}`)] }];
  const plan = { url, headers: {}, timeoutMs: 10_000, data: [], seed, flows };
  const pool = openPool({ ...plan, connections, opened: connections });
  const answers = [];
  let sliceAt = 0;
  let onDrained = () => {};
  const tally = {
    add({ dueAt, settlement }) {
      if (settlement.kind !== 'answered') throw new Error(`${path} was not answered: ${settlement.kind}`);
      answers.push([dueAt - sliceAt, settlement.endedAt - dueAt]);
    },
  };
  const onSettled = () => users.isWaiting() || onDrained();
  const context = { plan, pool, tally, itinerary: createItinerary(plan), onSettled };
  const users = startUsers({ connections }, context);
  return {
    answers,
    async slice(durationMs) {
      const restore = raisePriority();
      sliceAt = performance.now();
      users.resume();
      await sleep(durationMs);
      const drained = new Promise((resolve) => {
        onDrained = resolve;
      });
      users.pause();
      if (users.isWaiting()) await drained;
      onDrained = () => {};
      restore();
    },
    close() {
      users.close();
      return pool.close();
    },
  };
}
