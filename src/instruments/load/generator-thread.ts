import { parentPort, workerData } from 'node:worker_threads';
import { type LoadGenerator, type LoadPlan, startGenerator } from './generator.ts';
import { type WatchedGenerator, watched } from './watched-generator.ts';

/** What the main thread asks of a thread; answers come in any order. */
export interface ThreadRequest {
  readonly id: number;
  readonly call: ThreadCall;
}

export type ThreadCall = Exclude<keyof WatchedGenerator, keyof ThreadState>;

/** What a thread answers; `state` is that of the moment. */
export type ThreadReply = { readonly id: number; readonly state: ThreadState } & (
  | { readonly value: unknown }
  | { readonly error: unknown }
);

/** What a generator tells without a promise. */
export interface ThreadState {
  readonly exhausted: ReturnType<LoadGenerator['exhausted']>;
  readonly usedRows: ReturnType<LoadGenerator['usedRows']>;
}

/** Runs one generator for the thread that started this one; `workerData` is its `LoadPlan`. */
function serve(): void {
  const port = parentPort;
  if (!port) throw new Error('this file is the code of a thread');
  const generator = watched(startGenerator(workerData as LoadPlan));
  const state = (): ThreadState => ({
    exhausted: generator.exhausted(),
    usedRows: generator.usedRows(),
  });
  port.on('message', async ({ id, call }: ThreadRequest) => {
    try {
      const value = await generator[call]();
      port.postMessage({ id, value, state: state() } satisfies ThreadReply);
    } catch (error) {
      port.postMessage({ id, error, state: state() } satisfies ThreadReply);
    }
  });
}

serve();
