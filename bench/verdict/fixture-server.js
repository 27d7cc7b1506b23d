import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { keepBusy } from '../busy.js';
import { drawMs } from './service-times.js';

/**
 * A service whose slowness is known. Each request keeps it busy for a drawn amount of CPU time, `SLOWER` times as much as
 * it would be with 1. CPU time, and not time by the clock: what the machine does meanwhile then adds to the answer, as it
 * does to the answers of a service that computes something.
 *
 * When it is told to end, it leaves the microseconds that every request took, as it saw them, in the folder `TIMES`.
 */
const { PORT, SLOWER, SIDE, TIMES } = process.env;
const timesUs = [];

const server = createServer((request, reply) => {
  if (request.url === '/healthz') {
    reply.end('ready');
    return;
  }
  const arrivedAt = performance.now();
  keepBusy(drawMs(Number(SLOWER), Math.random));
  reply.end('{"ok":true}');
  timesUs.push(Math.round((performance.now() - arrivedAt) * 1000));
});

process.once('SIGTERM', () => {
  writeFileSync(join(TIMES, `${SIDE}-${process.pid}.json`), JSON.stringify(timesUs));
  process.exit(0);
});

server.listen(Number(PORT), '127.0.0.1');
