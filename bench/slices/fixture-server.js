import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepBusy } from '../busy.js';
import { drawMs } from '../verdict/service-times.js';

/**
 * Three kinds of work, by path: `/quick` answers at once, `/waiting` after 5 ms in which others may be answered, as behind
 * a database, and `/busy` keeps a core for as long as the service of the verdicts' benchmark does. Tells its port.
 */
const server = createServer(async (request, reply) => {
  if (request.url === '/waiting') await sleep(5);
  if (request.url === '/busy') keepBusy(drawMs(1, Math.random));
  reply.setHeader('content-type', 'application/json');
  reply.end('{"ok":true}');
});

process.once('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
