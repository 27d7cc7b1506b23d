import { createServer as createControl } from 'node:http';
import { createServer } from 'node:net';
import { performance } from 'node:perf_hooks';

/**
 * The service that all generators are measured against. It knows the truth about itself: for each request, the time from
 * when the last byte of it was read until its answer had been written, by the clock and exactly.
 *
 * It speaks just enough HTTP/1.1 over plain sockets that it costs less than what it measures. `/flat` and the three
 * requests of the flow are answered at once and not recorded; `/situation` does what the last `begin` said:
 *
 * - `delayMs`: how long an answer takes; every `slowEvery`-th takes `slowMs`; all up to `jitterMs` more or less, from a seed
 * - `stall`: `afterMs` after the first request nothing is answered for `forMs`
 * - `closeShare`: after this share of the answers, drawn from a seed, the connection is closed; `announced` says so in the head
 * - `dropEvery`: every so manieth request is read, and its connection closed without an answer
 */
let situation = {};
let record = newRecord();

function newRecord() {
  return {
    timesUs: [],
    requests: 0,
    dropped: 0,
    firstAt: undefined,
    held: [],
    stalledUs: [],
    stallEndedAt: undefined,
    seed: 1,
  };
}

const server = createServer({ noDelay: true }, (socket) => {
  let rest = '';
  socket.acceptedAt = performance.now();
  socket.on('data', (chunk) => {
    // The usual case: one whole request without a body in one chunk. Nobody here sends ahead.
    if (rest === '' && chunk[0] === 0x47 && chunk[chunk.length - 1] === 10 && chunk[chunk.length - 3] === 10) {
      answer(socket, chunk.latin1Slice(4, chunk.indexOf(0x20, 4)));
      return;
    }
    rest += chunk.latin1Slice();
    for (let end = endOfRequest(rest); end > 0; end = endOfRequest(rest)) {
      const path = rest.split(' ', 2)[1];
      rest = rest.slice(end);
      answer(socket, path);
    }
  });
  socket.on('error', () => socket.destroy());
});

function endOfRequest(text) {
  const head = text.indexOf('\r\n\r\n');
  if (head === -1) return 0;
  const [, length = '0'] = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head)) ?? [];
  const end = head + 4 + Number(length);
  return text.length >= end ? end : 0;
}

function answer(socket, path) {
  if (path === '/situation') {
    receive(socket, arrivalOf(socket));
    return;
  }
  if (path === '/login')
    socket.write(response(`{"token":"${nextId()}","user":{"id":7,"name":"Ada","roles":["reader"]}}`));
  else if (path.startsWith('/items?'))
    socket.write(response(`{"items":[{"id":${nextNumber()},"title":"first"}],"total":1}`));
  else if (path.startsWith('/items/')) socket.write(response('{"ok":true,"title":"first","price":12.5,"stock":311}'));
  else socket.write(response('{"ok":true,"title":"flat","price":12.5,"stock":1998}'));
}

/**
 * A request that comes with its connection was sent as soon as the kernel had made that one, and waits until the server
 * has accepted it: its time is counted from there.
 */
function arrivalOf(socket) {
  const now = performance.now();
  const { acceptedAt } = socket;
  socket.acceptedAt = undefined;
  return acceptedAt !== undefined && now - acceptedAt < 1 ? acceptedAt : now;
}

let last = 0;

/** Never the same twice, so that whatever follows from a captured value has to be built anew. */
function nextNumber() {
  last += 1;
  return last;
}

function nextId() {
  return `t${(nextNumber() * 2654435761).toString(36)}`;
}

let date = new Date().toUTCString();
setInterval(() => {
  date = new Date().toUTCString();
}, 1000).unref();

/** The head is that of Node's own server. */
function response(body, connection = 'keep-alive') {
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nDate: ${date}\r\nConnection: ${connection}\r\n\r\n${body}`;
}

function receive(socket, arrivedAt) {
  if (socket.writableEnded) return;
  const here = record;
  here.requests += 1;
  here.firstAt ??= arrivedAt;
  const { delayMs, jitterMs = 0, slowEvery, slowMs, stall, dropEvery } = situation;
  if (dropEvery && here.requests % dropEvery === 0) {
    here.dropped += 1;
    socket.destroy();
    return;
  }
  if (stall && here.stallEndedAt === undefined && arrivedAt >= here.firstAt + stall.afterMs) {
    if (here.held.length === 0) setTimeout(release, here.firstAt + stall.afterMs + stall.forMs - arrivedAt, here);
    here.held.push([socket, arrivedAt]);
    return;
  }
  const isSlow = slowEvery && here.requests % slowEvery === 0;
  const takesMs = (isSlow ? slowMs : delayMs) + jitterMs * (2 * random(here) - 1);
  // A timer, and no waiting awake: a server that spins takes a core from the generator where there are only two.
  setTimeout(respond, takesMs, socket, arrivedAt, here, here.timesUs);
}

function release(here) {
  for (const [socket, arrivedAt] of here.held) respond(socket, arrivedAt, here, here.stalledUs);
  here.stallEndedAt = performance.now();
  here.held = [];
}

function respond(socket, arrivedAt, here, timesUs) {
  if (socket.destroyed || here !== record) return;
  const closes = isClosing(here);
  const text = response('{"ok":true}', closes && situation.announced ? 'close' : 'keep-alive');
  if (closes) socket.end(text);
  else socket.write(text);
  timesUs.push((performance.now() - arrivedAt) * 1000);
}

function isClosing(here) {
  const { closeShare = 0 } = situation;
  return closeShare === 1 || (closeShare > 0 && random(here) < closeShare);
}

/** A linear congruential generator (Numerical Recipes): every run has the same numbers. */
function random(here) {
  here.seed = (Math.imul(here.seed, 1664525) + 1013904223) >>> 0;
  return here.seed / 2 ** 32;
}

/** `POST /begin` with a situation forgets everything; `GET /truth` tells what was done since. */
const control = createControl(async (request, reply) => {
  if (request.url === '/begin') {
    let text = '';
    for await (const chunk of request) text += chunk;
    situation = JSON.parse(text);
    record = newRecord();
    globalThis.gc();
    reply.end('{}');
    return;
  }
  const { timesUs, stalledUs, dropped, requests, firstAt, stallEndedAt } = record;
  const stall = situation.stall && stallEndedAt && { fromMs: situation.stall.afterMs, toMs: stallEndedAt - firstAt };
  reply.end(JSON.stringify({ timesUs, stalledUs, dropped, requests, ...(stall && { stall }) }));
});

process.once('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', 1024, () => {
  control.listen(0, '127.0.0.1', () => {
    process.send({ port: server.address().port, controlPort: control.address().port });
  });
});
