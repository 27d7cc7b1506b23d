import type { LoneRequest, PoolWindow } from '../../model/bursts.ts';
import { median } from '../../stats/summary.ts';
import { describeStatement } from './statement.ts';
import { quiet } from './trace-recorder.ts';
import type { WireTap } from './wire-tap.ts';

/** What a tap sees of a service's pool while there is load on it. */
type WatchedPool = Omit<PoolWindow, 'users' | 'leftInTransaction' | 'afterwards'>;

/** Long beside a statement would miss when a connection is free; shorter costs the load more than it tells. */
const sampleEveryMs = 5;

/** Looks at the connections of a tap while `work` runs. */
export async function watchPool(tap: WireTap, work: () => Promise<void>): Promise<WatchedPool> {
  const open: number[] = [];
  const held: number[] = [];
  const durations = new Map<string, number[]>();
  let watching = true;
  tap.onExecution(({ sql, durationMs, error }) => {
    if (!watching || error !== undefined) return;
    const known = durations.get(sql);
    if (known) known.push(durationMs);
    else durations.set(sql, [durationMs]);
  });
  const beganAt = performance.now();
  const timer = setInterval(() => {
    const sessions = tap.sessions();
    open.push(sessions.open);
    held.push(sessions.held);
  }, sampleEveryMs);
  try {
    await work();
  } finally {
    clearInterval(timer);
    watching = false;
  }
  return { durationMs: performance.now() - beganAt, open, held, statements: byFingerprint(durations) };
}

/** Connections that are within a transaction when nothing goes on any more. */
export async function leftInTransaction(tap: WireTap, signal: AbortSignal): Promise<number> {
  await quiet(tap, signal);
  return tap.sessions().inTransaction;
}

/** Sends a request while nothing else is under way, and adds what became of it to `into`; rejects as `send` does. */
export async function recordLone(
  tap: WireTap,
  endpoint: string,
  send: () => Promise<{ readonly status: number }>,
  into: LoneRequest[],
): Promise<void> {
  const before = tap.sessions();
  let statements = 0;
  let counting = true;
  tap.onExecution(() => {
    if (counting) statements += 1;
  });
  const beganAt = performance.now();
  let status: number | undefined;
  try {
    ({ status } = await send());
  } finally {
    counting = false;
    into.push({
      endpoint,
      ...(status !== undefined && { status }),
      durationMs: performance.now() - beganAt,
      statements,
      open: before.open,
      // A statement that is still under way has not been counted.
      held: Math.max(before.held, tap.sessions().held),
    });
  }
}

function byFingerprint(durations: ReadonlyMap<string, readonly number[]>): PoolWindow['statements'] {
  const groups = new Map<string, number[]>();
  for (const [sql, all] of durations) {
    const { fingerprint } = describeStatement(sql);
    groups.set(fingerprint, [...(groups.get(fingerprint) ?? []), ...all]);
  }
  return [...groups].map(([fingerprint, all]) => ({
    fingerprint,
    executions: all.length,
    medianMs: median(all) ?? 0,
  }));
}
