import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveJob } from '../processes.js';
import { begin } from './fixture.js';
import { quantiles } from './truth.js';

/**
 * Users of the closed model on sockets of Node and nothing else: no library, no accounting, no checks. It tells about
 * what of an error is Node's own. Time counts from when a request is written until the first chunk of its answer, which
 * is the whole of it: the fixture server writes an answer at once.
 */
serveJob(async ({ url, path, connections, heatMs = 0, warmupMs, windowMs, control, server }) => {
  if (heatMs > 0) await loadFor(heatMs, { url, path: '/flat', connections: 10 });
  if (warmupMs > 0) {
    const { stall, ...withoutStall } = server;
    await begin(control, withoutStall);
    await loadFor(warmupMs, { url, path, connections });
  }
  await begin(control, server);
  const before = process.cpuUsage();
  const { timesUs, lost } = await loadFor(windowMs, { url, path, connections });
  const { user, system } = process.cpuUsage(before);
  timesUs.sort((one, other) => one - other);
  const figures = Object.entries(quantiles).map(([name, q]) => [name, timesUs[Math.round(q * (timesUs.length - 1))]]);
  return {
    requests: timesUs.length,
    due: timesUs.length,
    lost,
    cpuUs: user + system,
    figuresUs: Object.fromEntries(figures),
  };
});

async function loadFor(durationMs, { url, path, connections }) {
  const { hostname, port, host } = new URL(url);
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  const results = { timesUs: [], lost: 0 };
  const address = { host: hostname, port: Number(port), noDelay: true };
  let running = true;
  const users = Array.from({ length: connections }, () =>
    beUser({ address, request, results, isRunning: () => running }),
  );
  await sleep(durationMs);
  running = false;
  await Promise.all(users);
  return results;
}

/** Asks again as soon as it was answered, on a new connection where the last one is gone; resolves when all is over. */
function beUser({ address, request, results, isRunning }) {
  return new Promise((resolve) => {
    open();

    function open() {
      const socket = connect(address);
      let sentAt;
      const ask = () => {
        sentAt = performance.now();
        socket.write(request);
      };
      socket.on('connect', ask);
      socket.on('data', (chunk) => {
        if (sentAt === undefined) return;
        results.timesUs.push((performance.now() - sentAt) * 1000);
        sentAt = undefined;
        if (!isRunning()) socket.end();
        else if (!chunk.includes('Connection: close')) ask();
      });
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        if (sentAt !== undefined) results.lost += 1;
        if (isRunning()) open();
        else resolve();
      });
    }
  });
}
