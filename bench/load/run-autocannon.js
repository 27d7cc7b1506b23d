import { createRequire } from 'node:module';
import { serveJob } from '../processes.js';
import { begin } from './fixture.js';

const autocannon = createRequire(import.meta.url)('autocannon');

/** Stock autocannon in a process of its own, with its own numbers: it has whole milliseconds, and no p95. */
serveJob(async ({ url, connections, ratePerS, heatMs = 0, warmupMs, windowMs, control, server }) => {
  const options = { url, connections, timeout: 10, ...(ratePerS && { overallRate: ratePerS }) };
  if (heatMs > 0) await autocannon({ url: new URL('/flat', url).href, connections: 10, duration: heatMs / 1000 });
  if (warmupMs > 0) {
    const { stall, ...withoutStall } = server;
    await begin(control, withoutStall);
    await autocannon({ ...options, duration: warmupMs / 1000 });
  }
  await begin(control, server);
  const before = process.cpuUsage();
  const result = await autocannon({ ...options, duration: windowMs / 1000 });
  const { user, system } = process.cpuUsage(before);
  const { p50, p99 } = result.latency;
  return {
    requests: result['2xx'],
    due: result['2xx'],
    lost: result.errors,
    cpuUs: user + system,
    figuresUs: { p50: p50 * 1000, p99: p99 * 1000 },
  };
});
