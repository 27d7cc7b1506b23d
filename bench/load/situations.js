/**
 * What the fixture server does to a request, and how hard it is loaded.
 *
 * The rates leave a core nine tenths idle: these situations show what a generator says of a service, not how far it goes.
 *
 * - `server`: see `fixture-server.js`.
 * - `ratePerS`: of the open model; the closed one has `connections` users. They are few, because a server whose timers tick
 *   in whole milliseconds answers those together that asked together, and any generator reads one answer after the other.
 * - `compared`: the time that is held against the truth. Where the server closes connections the users of the closed
 *   model wait for new ones, which the server cannot see: there, it is the service time.
 * - `jitterMs`: where connections come and go the users of the closed model must not all ask at the same moment, or the
 *   server makes one connection after the other while the rest waits in a queue of the kernel, which it cannot see either.
 */
const ordinary = { connections: 5, openConnections: 100, ratePerS: 300, compared: 'response' };

export const situations = [
  { id: 'steady', title: 'steady, 5 ms', ...ordinary, server: { delayMs: 5 } },
  { id: 'bimodal', title: 'bimodal, 1 ms and 100 ms', ...ordinary, server: { delayMs: 1, slowEvery: 10, slowMs: 100 } },
  {
    id: 'stall',
    title: 'a stall of 2 s',
    ...ordinary,
    // Fewer connections than requests that come due in the stall, so that most of them wait in the generator.
    openConnections: 50,
    server: { delayMs: 1, stall: { afterMs: 2000, forMs: 2000 } },
    windowMs: 6000,
  },
  { id: 'paced', title: '50 ms at a paced rate', ...ordinary, server: { delayMs: 50 } },
  {
    id: 'closing',
    title: 'closes after each response',
    ...ordinary,
    compared: 'service',
    server: { delayMs: 5, jitterMs: 1, closeShare: 1, announced: true },
  },
  {
    id: 'closing-at-random',
    title: 'closes at random (30 %, unannounced)',
    ...ordinary,
    compared: 'service',
    server: { delayMs: 5, jitterMs: 1, closeShare: 0.3, announced: false },
  },
  {
    id: 'dropping',
    title: '1 % dropped sockets',
    ...ordinary,
    compared: 'service',
    server: { delayMs: 5, jitterMs: 1, dropEvery: 100 },
  },
];
