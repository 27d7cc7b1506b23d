import { parentPort, workerData } from 'node:worker_threads';
import { createBatchMaker, type DigestBatch } from './digest-batch.ts';
import type { LogLayout } from './entry-reader.ts';

/** What the main thread hands over: bytes of a log that begin where a record does. */
export interface DigestRequest {
  readonly block: Uint8Array<ArrayBuffer>;
  readonly layout: LogLayout;
}

/** What a thread needs to know from its start. */
export interface DigestThreadData {
  readonly path: string;
  readonly keepsLists: boolean;
}

/** Answers each block with its batch, in order. */
function serve(): void {
  const port = parentPort;
  if (!port) throw new Error('this file is the code of a thread');
  const makeBatch = createBatchMaker(workerData as DigestThreadData);
  port.on('message', ({ block, layout }: DigestRequest) => {
    const batch: DigestBatch = makeBatch(Buffer.from(block.buffer, block.byteOffset, block.byteLength), layout);
    port.postMessage(batch, [batch.numbers.buffer as ArrayBuffer]);
  });
}

serve();
