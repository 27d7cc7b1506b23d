import type { Scenario, Variant } from '../model/scenario.ts';
import { launchService, type Service } from '../target/service.ts';
import type { OpenDatabase } from './open-database.ts';
import type { OnProgress } from './progress.ts';
import { createUniqueRows, type UniqueRows } from './run-rows.ts';
import { positionsOfVariant, targetOfVariant } from './variant-target.ts';

/** What every pass is given. */
export interface PassContext {
  readonly scenario: Scenario;
  /** Left out where the scenario names no database. */
  readonly database?: OpenDatabase;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  readonly rows: UniqueRows;
}

/** The context of a run that begins: none of its rows are used up. */
export function createPassContext(run: Omit<PassContext, 'rows' | 'database'>, database?: OpenDatabase): PassContext {
  return { ...run, rows: createUniqueRows(run.scenario), ...(database && { database }) };
}

/** Starts one variant of the service, or attaches to it; `extraEnv` is what an instrument needs. */
export function launchVariant(
  { scenario, database, signal }: PassContext,
  variant: Variant,
  extraEnv: Readonly<Record<string, string>> = {},
): Promise<Service> {
  const databaseEnv = database && scenario.database ? { [scenario.database.env]: database.urlFor(variant.name) } : {};
  return launchService({
    target: targetOfVariant(scenario.target, variant),
    env: { ...databaseEnv, ...variant.env, ...extraEnv },
    positions: positionsOfVariant(scenario.positions, variant),
    signal,
  });
}

/**
 * Runs `work` with one started service per variant and stops them all afterwards, whatever happens.
 *
 * If one of them does not start, the others are stopped before its failure is thrown.
 */
export async function withServices<T>(
  context: PassContext,
  variants: readonly Variant[],
  work: (services: readonly Service[]) => Promise<T>,
): Promise<T> {
  const started = await Promise.allSettled(variants.map((variant) => launchVariant(context, variant)));
  const services = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  try {
    const failed = started.find((result): result is PromiseRejectedResult => result.status === 'rejected');
    if (failed) throw failed.reason;
    return await work(services);
  } finally {
    await Promise.all(services.map((service) => service.stop()));
  }
}
