import { Worker } from 'node:worker_threads';
import type { StatementEntry } from './assemble-statements.ts';
import { createBatchReader, type DigestBatch } from './digest-batch.ts';
import type { TextDigest } from './digest-text.ts';
import type { DigestRequest, DigestThreadData } from './digest-thread.ts';
import type { ValuesDigest } from './digest-values.ts';
import type { LogCounts } from './entry-reader.ts';
import type { AnalyzedShape } from './log-analysis.ts';

/** Threads that read blocks of a log side by side, and hand their entries over in the order of the blocks. */
export interface DigestPool {
  /** Hands a block over; resolves when there is room for the next one. */
  add(request: DigestRequest): Promise<void>;
  /** Resolves when all blocks have been read. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** Blocks that a thread has before it: one to read, and others to go on with while the main thread takes answers in. */
const blocksAhead = 4;

/** What a thread may use: its own tables are small, and what it reads is short-lived. */
const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 };

interface Thread {
  readonly worker: Worker;
  readonly read: (batch: DigestBatch) => void;
}

/** Starts `size` threads. @param take - gets the entries, in the order of the log */
export function createDigestPool(
  size: number,
  data: DigestThreadData,
  take: (entry: StatementEntry<TextDigest<AnalyzedShape>, ValuesDigest>) => void,
  count: (counts: LogCounts) => void,
): DigestPool {
  // From the sources (in the tests) the thread is the built one: a thread of Node cannot load TypeScript.
  const isBuilt = import.meta.url.endsWith('.js');
  const file = isBuilt ? './digest-thread.js' : '../../../../dist/instruments/sql/log/digest-thread.js';
  const threads = Array.from(
    { length: size },
    (): Thread => ({
      worker: new Worker(new URL(file, import.meta.url), { workerData: data, name: 'log', resourceLimits }),
      read: createBatchReader(take),
    }),
  );
  const waiting: Promise<void>[] = [];
  let blocks = 0;

  /** The answers of a thread come in the order of its requests, and threads take turns: so all are in order. */
  const ask = async (thread: Thread, request: DigestRequest, before: Promise<void> | undefined) => {
    const answer = nextBatch(thread.worker);
    thread.worker.postMessage(request, [request.block.buffer]);
    const batch = await answer;
    await before;
    thread.read(batch);
    count(batch.counts);
  };

  return {
    async add(request) {
      const thread = threads[blocks++ % threads.length];
      if (!thread) throw new RangeError('a pool needs a thread');
      const last = waiting.at(-1);
      const reading = ask(thread, request, last);
      // Whoever waits for it later is told; until then a failure is nobody's.
      reading.catch(() => undefined);
      waiting.push(reading);
      if (waiting.length >= threads.length * blocksAhead) await waiting.shift();
    },
    async drain() {
      while (waiting.length > 0) await waiting.shift();
    },
    async close() {
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}

/** Requests of one worker wait in line: the listeners are called in the order in which they were added. */
const lines = new WeakMap<Worker, { resolve(batch: DigestBatch): void; reject(error: unknown): void }[]>();

function nextBatch(worker: Worker): Promise<DigestBatch> {
  let line = lines.get(worker);
  if (!line) {
    const mine: { resolve(batch: DigestBatch): void; reject(error: unknown): void }[] = [];
    worker.on('message', (batch: DigestBatch) => mine.shift()?.resolve(batch));
    worker.on('error', (error) => {
      for (const { reject } of mine.splice(0)) reject(error);
    });
    lines.set(worker, mine);
    line = mine;
  }
  const own = line;
  return new Promise((resolve, reject) => own.push({ resolve, reject }));
}
