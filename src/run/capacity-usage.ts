import { setTimeout as delay } from 'node:timers/promises';
import { busiestThreadMs, threadTimes } from '../instruments/runtime/busiest-thread.ts';
import { machineTimes } from '../instruments/runtime/machine-cpu.ts';
import { processTree, processTreeCpuMs } from '../instruments/runtime/service-cpu.ts';
import { type SessionWatch, watchSessions } from '../instruments/sql/database-sessions.ts';
import type { DatabaseSessions, StepUsage } from '../model/capacity.ts';
import type { Variant } from '../model/scenario.ts';
import type { Service } from '../target/service.ts';
import type { PassContext } from './pass-context.ts';

/** Tells how busy the service, its database and the machine are. */
export interface UsageMeter {
  /** Reads everything now; the returned function reads it again and gives what was used in between. */
  begin(): Promise<() => Promise<StepUsage>>;
  /** Looks at the database's sessions for a moment, beside any measurement; `undefined` without a database. */
  sampleSessions(): Promise<DatabaseSessions | undefined>;
  close(): Promise<void>;
}

const samples = 10;
const sampleEveryMs = 50;

export async function openUsageMeter(
  { scenario, database, signal }: PassContext,
  service: Service,
  variant: Variant,
): Promise<UsageMeter> {
  const watch = database && (await watchSessions(database.urlFor(variant.name), signal));
  const isOurs = scenario.database?.source.kind === 'embedded';
  const databasePid = watch && isOurs ? await parentOf(watch.backendPid) : undefined;

  async function read() {
    const pid = service.pid;
    const [threads, serviceMs, databaseMs, machine] = await Promise.all([
      pid === undefined ? undefined : threadTimes(pid),
      pid === undefined ? undefined : processTreeCpuMs(pid),
      databasePid === undefined ? undefined : processTreeCpuMs(databasePid),
      machineTimes(),
    ]);
    const { user, system } = process.cpuUsage();
    return { at: performance.now(), threads, serviceMs, databaseMs, machine, ownMs: (user + system) / 1000 };
  }

  return {
    async begin() {
      const before = await read();
      return async () => {
        const after = await read();
        const elapsedMs = after.at - before.at;
        const perMs = (start: number | undefined, end: number | undefined) =>
          start === undefined || end === undefined ? undefined : (end - start) / elapsedMs;
        const serviceCores = perMs(before.serviceMs, after.serviceMs);
        const databaseCores = perMs(before.databaseMs, after.databaseMs);
        const ticks = after.machine && before.machine ? after.machine.total - before.machine.total : 0;
        return {
          ...(serviceCores !== undefined && { serviceCores }),
          ...(before.threads &&
            after.threads && { busiestThread: busiestThreadMs(before.threads, after.threads) / elapsedMs }),
          ...(databaseCores !== undefined && { databaseCores }),
          ...(ticks > 0 && { machine: ((after.machine?.busy ?? 0) - (before.machine?.busy ?? 0)) / ticks }),
          generatorCores: (after.ownMs - before.ownMs) / elapsedMs,
        };
      };
    },
    sampleSessions: async () => (watch ? meanOf(watch, signal) : undefined),
    close: async () => watch?.close(),
  };
}

/** The server that forked the session's process. */
async function parentOf(pid: number): Promise<number | undefined> {
  return (await processTree(pid))?.get(pid)?.parentPid;
}

async function meanOf(watch: SessionWatch, signal: AbortSignal): Promise<DatabaseSessions> {
  const sums = { connected: 0, active: 0, waitingForLocks: 0 };
  for (let sample = 0; sample < samples; sample++) {
    await delay(sampleEveryMs, undefined, { signal }).catch(() => undefined);
    const { connected, active, waitingForLocks } = await watch.sample();
    sums.connected += connected / samples;
    sums.active += active / samples;
    sums.waitingForLocks += waitingForLocks / samples;
  }
  return { samples, ...sums };
}
