import { setTimeout as sleep } from 'node:timers/promises';
import { startLoad } from '../../dist/instruments/load/threaded-generator.js';
import { mergeStored, quantileOfStored } from '../../dist/stats/histogram.js';
import { serveJob } from '../processes.js';
import { begin } from './fixture.js';
import { flat } from './steps.js';
import { quantiles } from './truth.js';

/** As in the product, the generator runs before others where that is permitted; on one thread, like its peers. */
const oneThread = { threads: 1 };

serveJob((job) => (job.kind === 'memory' ? watchMemory(job) : measure(job)));

/** Warms up, and then measures one window, from the first request until the last answer. */
async function measure({ plan, heatMs = 0, warmupMs, windowMs, control, server }) {
  if (heatMs > 0) await heat(plan, heatMs);
  const generator = await startLoad(plan, oneThread);
  if (warmupMs > 0) {
    const { stall, ...withoutStall } = server;
    await begin(control, withoutStall);
    await load(generator, warmupMs);
    await generator.take();
  }
  await begin(control, server);
  const before = process.cpuUsage();
  await load(generator, windowMs);
  const { user, system } = process.cpuUsage(before);
  const endpoints = Object.values((await generator.take()).endpoints);
  await generator.close();
  const sum = (name) => endpoints.reduce((total, endpoint) => total + endpoint[name], 0);
  const failures = Object.assign({}, ...endpoints.map((endpoint) => endpoint.failures));
  return {
    requests: sum('answered'),
    due: sum('due'),
    failed: sum('failed'),
    lost: sum('lost'),
    failures,
    cpuUs: user + system,
    responseUs: quantilesOf(endpoints.map(({ responseTime }) => responseTime)),
    serviceUs: quantilesOf(endpoints.map(({ serviceTime }) => serviceTime)),
  };
}

/** As fast as it goes: at a few hundred requests per second the compiler would still be at work in the window. */
async function heat(plan, durationMs) {
  const flows = [{ name: 'flat', weight: 1, steps: flat }];
  const generator = await startLoad({ ...plan, flows, model: { kind: 'closed', connections: 10 } }, oneThread);
  await load(generator, durationMs);
  await generator.close();
}

async function load(generator, durationMs) {
  generator.resume();
  await sleep(durationMs);
  await generator.pause();
}

function quantilesOf(histograms) {
  const merged = mergeStored(histograms);
  return Object.fromEntries(Object.entries(quantiles).map(([name, q]) => [name, quantileOfStored(merged, q)]));
}

/** Reads the memory after each `every` requests, with the load paused and the garbage collected. */
async function watchMemory({ plan, requests, every }) {
  const generator = await startLoad(plan, oneThread);
  const points = [];
  let seen = 0;
  for (let target = every; target <= requests; target += every) {
    generator.resume();
    while (seen < target) {
      await sleep(50);
      seen = (await generator.live()).answered;
    }
    await generator.pause();
    // What the first collection sets free may hold on to more.
    globalThis.gc();
    globalThis.gc();
    const { rss, heapUsed } = process.memoryUsage();
    points.push({ requests: seen, rss, heapUsed });
  }
  await generator.close();
  return { points };
}
