import type { Burst, BurstStatement } from '../../model/bursts.ts';
import { parametersKey, readsSystemTables } from '../../model/queries.ts';
import { valueHash } from '../../model/value-hash.ts';
import { literalsOf } from './normalized-text.ts';
import { describeStatement } from './statement.ts';
import { quiet } from './trace-recorder.ts';
import type { WireExecution, WireTap } from './wire-tap.ts';

/** Sends one request; rejects where no answer comes. */
type Send = () => Promise<{ readonly status: number }>;

/** Hears what a service asks its database for when the same request comes several times at once. */
export interface BurstRecorder {
  /** `undefined` where a request was answered with an error, as by a limit of the rate. */
  record(of: Pick<Burst, 'endpoint' | 'when'>, send: Send, signal: AbortSignal): Promise<Burst | undefined>;
}

/** Whether the entry is there now is told by the first; the second shows that it stays. */
const alone = 2;

/** @param atOnce - requests in a burst */
export function createBurstRecorder(tap: WireTap, atOnce: number): BurstRecorder {
  let current: WireExecution[] | undefined;
  tap.onExecution((execution) => {
    current?.push(execution);
  });

  const hear = async (work: () => Promise<unknown>, signal: AbortSignal): Promise<readonly WireExecution[]> => {
    await quiet(tap, signal);
    const heard: WireExecution[] = [];
    current = heard;
    try {
      await work();
      await quiet(tap, signal);
    } finally {
      current = undefined;
    }
    return heard;
  };

  return {
    async record(of, send, signal) {
      const statuses: number[] = [];
      const one = async () => {
        statuses.push((await send()).status);
      };
      const burst = await hear(() => allSettled(Array.from({ length: atOnce }, one)), signal);
      const after = await hear(async () => {
        for (let sent = 0; sent < alone; sent++) await one();
      }, signal);
      if (statuses.some((status) => status >= 400)) return undefined;
      return { ...of, atOnce, alone, statements: byStatementAndValues(burst, after) };
    },
  };
}

/** Waits for all before it rejects with the first error. */
async function allSettled(promises: readonly Promise<void>[]): Promise<void> {
  const settled = await Promise.allSettled(promises);
  const failed = settled.find((result): result is PromiseRejectedResult => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/** The SELECTs that ran more than once; those on the catalogue of the database are the driver's. */
function byStatementAndValues(
  burst: readonly WireExecution[],
  after: readonly WireExecution[],
): readonly BurstStatement[] {
  const alone = countBy(after);
  return [...groupsOf(burst)].flatMap(([key, executions]): readonly BurstStatement[] => {
    const [first] = executions;
    if (!first || executions.length < 2) return [];
    const { fingerprint, normalized, kind, tables } = describeStatement(first.sql);
    if (kind !== 'select' || readsSystemTables({ tables })) return [];
    const durations = executions.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
    const quickMs = durations[durations.length >> 2] ?? 0;
    const runs = { runsAtOnce: executions.length, runsAlone: alone.get(key) ?? 0, quickMs };
    return [{ fingerprint, normalized, kind, tables, values: key.split('\n')[1] ?? '', ...runs }];
  });
}

function groupsOf(executions: readonly WireExecution[]): ReadonlyMap<string, readonly WireExecution[]> {
  const groups = new Map<string, WireExecution[]>();
  for (const execution of executions) {
    if (execution.error !== undefined) continue;
    const literals = literalsOf(execution.sql);
    const values = valueHash(parametersKey({ parameters: execution.parameters, literals }));
    const key = `${describeStatement(execution.sql).fingerprint}\n${values}`;
    const group = groups.get(key);
    if (group) group.push(execution);
    else groups.set(key, [execution]);
  }
  return groups;
}

function countBy(executions: readonly WireExecution[]): ReadonlyMap<string, number> {
  return new Map([...groupsOf(executions)].map(([key, group]) => [key, group.length]));
}
