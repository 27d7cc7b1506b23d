import { limitOf } from '../compare/capacity-limit.ts';
import { capacityWarnings } from '../compare/capacity-warnings.ts';
import { failureModeOf } from '../compare/failure-mode.ts';
import { judgeScalability } from '../compare/judge-scalability.ts';
import { endOfSearch, isGood, kneeOf, nextConnections, refinedConnections } from '../compare/knee.ts';
import { startLoad } from '../instruments/load/threaded-generator.ts';
import type { CapacityPlan, CapacityResult, CapacityStep, Knee, Overload, SearchEnd } from '../model/capacity.ts';
import type { Scenario } from '../model/scenario.ts';
import { unlessAborted, wait } from '../target/wait.ts';
import { overloadService } from './capacity-overload.ts';
import { type LoadedService, measureStep } from './capacity-step.ts';
import { openUsageMeter } from './capacity-usage.ts';
import { withCheckouts } from './checkout-variants.ts';
import { describeEnvironment } from './environment.ts';
import { openDatabase } from './open-database.ts';
import { createPassContext, withServices } from './pass-context.ts';
import type { OnProgress } from './progress.ts';
import { requireAnswers } from './require-answers.ts';
import { capacityAuditTexts, checkAuditSelection, runCapacityAudits } from './run-audits.ts';
import { betweenSteps, loadPlanOf } from './service-load.ts';
import { variantNamed } from './variant-named.ts';

interface CapacityOptions {
  readonly scenario: Scenario;
  /** Left out: the last one, which is what is to be shipped. */
  readonly variant?: string;
  readonly plan: CapacityPlan;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/**
 * Loads one variant with more and more connections until its goodput stops growing, and then with more than it can do.
 *
 * One process of the service bears it all, and is stopped when this returns or throws; nothing is written.
 */
export async function measureCapacity(options: CapacityOptions): Promise<CapacityResult> {
  const { scenario, signal, onProgress } = options;
  checkAuditSelection(scenario);
  const only = { ...scenario, variants: [variantNamed(scenario, options.variant, scenario.variants.at(-1))] };
  return withCheckouts(only, signal, onProgress, (checkedOut) => measureVariant(options, checkedOut.scenario));
}

async function measureVariant(
  { plan, signal, onProgress }: CapacityOptions,
  scenario: Scenario,
): Promise<CapacityResult> {
  const variant = variantNamed(scenario, undefined, scenario.variants[0]);
  const startedAt = new Date().toISOString();
  const environment = describeEnvironment();
  const database = await openDatabase(scenario, signal, onProgress);
  try {
    const context = createPassContext({ scenario, signal, onProgress }, database);
    const { steps, end, knee, overload } = await withServices(context, [variant], async ([service]) => {
      if (!service) throw new Error('a service was started for the variant');
      const meter = await openUsageMeter(context, service, variant);
      let found: SearchResult | undefined;
      try {
        return await betweenSteps(context, service, variant, async (start) => {
          found = await search({ ...context, service, variant, start, plan, meter });
          return found;
        });
      } catch (error) {
        // Of a service that the overload has ended, the steps that come after cannot succeed.
        if (found?.overload?.died === undefined) throw error;
        return found;
      } finally {
        await meter.close();
      }
    });
    const failureMode = failureModeOf(overload, knee);
    return {
      schemaVersion: 1,
      scenario: scenario.name,
      variant: variant.name,
      startedAt,
      environment,
      runtime: scenario.target.runtime,
      plan,
      steps,
      end,
      ...(knee && { knee }),
      limit: limitOf({ steps, end, knee, cpus: environment.cpus, runtime: scenario.target.runtime }),
      scalability: judgeScalability(steps),
      ...(overload && { overload }),
      failureMode,
      outcomes: runCapacityAudits(
        { failureMode, ...(overload && { overload }) },
        scenario.audits,
        startedAt.slice(0, 10),
      ),
      audits: capacityAuditTexts,
      warnings: capacityWarnings(steps, environment.cpus, scenario.target.tls?.insecure ?? false),
    };
  } finally {
    await database?.close();
  }
}

interface SearchResult {
  readonly steps: readonly CapacityStep[];
  readonly end: SearchEnd;
  readonly knee?: Knee;
  readonly overload?: Overload;
}

async function search(loaded: LoadedService): Promise<SearchResult> {
  const { service, signal, plan, onProgress } = loaded;
  const { steps, end } = await service.during('capacity', signal, async (during) => {
    const alive = { ...loaded, signal: during };
    await warmUp(alive);
    const doublings: CapacityStep[] = [];
    let reason: SearchEnd | undefined;
    while (reason === undefined) {
      doublings.push(await told(alive, nextConnections(doublings, plan), doublings.at(-1)?.throughputPerS));
      reason = endOfSearch(doublings, plan);
    }
    const refined: CapacityStep[] = [];
    const peakPerS = Math.max(...doublings.map(({ throughputPerS }) => throughputPerS));
    for (const connections of refinedConnections(doublings, reason)) {
      refined.push(await told(alive, connections, peakPerS));
    }
    const all = [...doublings, ...refined].sort((a, b) => a.connections - b.connections);
    return { steps: all, end: reason };
  });
  const knee = kneeOf(steps, end);
  if (!knee) return { steps, end };
  onProgress({ pass: 'measure', text: 'more than it can do' });
  const peakPerS = Math.max(...steps.filter(isGood).map(({ goodputPerS }) => goodputPerS));
  return { steps, end, knee, overload: await overloadService(loaded, knee, peakPerS) };
}

async function told(loaded: LoadedService, connections: number, beforePerS: number | undefined): Promise<CapacityStep> {
  const text = `${connections} ${connections === 1 ? 'connection' : 'connections'}`;
  loaded.onProgress({ pass: 'measure', text });
  const step = await measureStep(loaded, connections, beforePerS);
  const { due, answered, failed, throughputPerS: perS, p50Ms, p95Ms } = step;
  const unsuccessful = due - answered + failed;
  loaded.onProgress({
    pass: 'measure',
    text,
    live: { perS, unsuccessful, ...(p50Ms !== undefined && p95Ms !== undefined && { p50Ms, p95Ms }) },
  });
  return step;
}

/** Of an ordinary load: caches and compilers get warm whatever the number of connections. */
const warmUpConnections = 4;
const shortestWarmUpMs = 1000;

async function warmUp({ scenario, service, variant, start, plan, rows, signal }: LoadedService): Promise<void> {
  const model = { kind: 'closed' as const, connections: Math.min(warmUpConnections, plan.maxConnections) };
  const { seed, warmupMs } = scenario.load;
  const generator = await startLoad(
    loadPlanOf(scenario, service, variant, { start, share: rows.shareOf(0, 1), seed, model }),
  );
  try {
    generator.resume();
    await wait(Math.max(warmupMs, shortestWarmUpMs), signal);
    await unlessAborted(generator.pause(), signal);
    rows.settle([generator]);
    requireAnswers(scenario, await generator.take());
  } finally {
    await generator.close();
  }
}
