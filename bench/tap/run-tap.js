import { setTimeout as sleep } from 'node:timers/promises';
import { startWireTap } from '../../dist/instruments/sql/wire-tap.js';

/** The tap in a process of its own, as the service has it: its memory and its time are nobody else's. */
let tap;
let peak = 0;
let heard = 0;

async function watchPeak() {
  for (;;) {
    peak = Math.max(peak, process.memoryUsage.rss());
    await sleep(5);
  }
}

const answers = {
  async start({ upstream }) {
    tap = await startWireTap({ upstream });
    tap.onExecution(() => {
      heard += 1;
    });
    void watchPeak();
    return { port: tap.port };
  },
  /** After garbage collection; the peak is that since the last time. */
  async memory() {
    // What the first collection sets free may hold on to more.
    globalThis.gc();
    globalThis.gc();
    const { rss, heapUsed, external } = process.memoryUsage();
    const seen = { rss, heapUsed, external, peak, heard };
    peak = rss;
    return seen;
  },
};

process.once('disconnect', () => process.exit(0));
process.on('message', (job) => {
  answers[job.kind](job).then(
    (result) => process.send(result),
    (error) => process.send({ error: error.stack }),
  );
});
