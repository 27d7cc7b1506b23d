import { startGenerator } from '../instruments/load/generator.ts';
import type { WalkStart } from '../instruments/load/itinerary.ts';
import {
  countedBetween,
  countedByFingerprint,
  openStatistics,
  type StatementStatistics,
} from '../instruments/sql/statement-statistics.ts';
import type { GatheredArtifact } from '../model/artifacts.ts';
import { endpointsOfFlow, type Flow } from '../model/flow.ts';
import type { CountedFlow, QueriesArtifact } from '../model/queries.ts';
import type { Variant } from '../model/scenario.ts';
import type { Service } from '../target/service.ts';
import { unlessAborted, wait } from '../target/wait.ts';
import { launchVariant, type PassContext } from './pass-context.ts';
import { betweenSteps, flowPlanOf } from './service-load.ts';

/** Some hundred requests of an endpoint that takes milliseconds. */
const windowMs = 800;

/**
 * The traced statements with what `pg_stat_statements` counts while each flow runs alone at full load, with nothing
 * attached: what was seen of one request at a time is seen again where requests run beside each other.
 *
 * They are as they were where the server has no statistics; nobody is asked to install them for this.
 */
export async function countPass(
  context: PassContext,
  variant: Variant,
  queries: GatheredArtifact<QueriesArtifact>,
): Promise<GatheredArtifact<QueriesArtifact>> {
  // Rows of which each is to be used once are kept for what has to be measured.
  const isScarce = context.scenario.data.some(({ order }) => order === 'unique');
  if (queries.status === 'missing' || isScarce) return queries;
  const underLoad = await countFlows(context, variant);
  return underLoad ? { ...queries, value: { ...queries.value, underLoad } } : queries;
}

async function countFlows(context: PassContext, variant: Variant): Promise<readonly CountedFlow[] | undefined> {
  const { database, scenario, signal, onProgress } = context;
  const statistics = database && (await openStatistics(database.urlFor(variant.name), signal));
  if (!statistics || 'reason' in statistics) return undefined;
  try {
    const service = await launchVariant(context, variant);
    try {
      return await service.during('count', signal, (signal) =>
        betweenSteps({ ...context, signal }, service, variant, async (start) => {
          const counted: CountedFlow[] = [];
          for (const flow of scenario.flows) {
            onProgress({
              pass: 'trace',
              text: `${variant.name}: counting under load, ${endpointsOfFlow(flow).join(', ')}`,
            });
            counted.push(await countFlow({ ...context, signal }, variant, service, flow, start, statistics));
          }
          return counted;
        }),
      );
    } finally {
      await service.stop();
    }
  } finally {
    await statistics.close();
  }
}

async function countFlow(
  context: PassContext,
  variant: Variant,
  service: Service,
  flow: Flow,
  start: WalkStart,
  statistics: StatementStatistics,
): Promise<CountedFlow> {
  const { scenario, signal, rows } = context;
  const generator = startGenerator(flowPlanOf(context, service, variant, flow, start));
  try {
    generator.resume();
    await wait(Math.min(scenario.load.warmupMs, 300), signal);
    await unlessAborted(generator.pause(), signal);
    await generator.take();
    const before = await statistics.snapshot();
    generator.resume();
    await wait(windowMs, signal);
    await unlessAborted(generator.pause(), signal);
    rows.settle([generator]);
    const { endpoints } = await generator.take();
    const requests = Object.values(endpoints).reduce((sum, { answered }) => sum + answered, 0);
    const counted = countedByFingerprint(countedBetween(before, await statistics.snapshot()));
    return {
      flow: flow.name,
      endpoints: endpointsOfFlow(flow),
      requests,
      statements:
        requests === 0
          ? []
          : [...counted].map(([fingerprint, { calls, totalMs }]) => ({
              fingerprint,
              calls: calls / requests,
              totalMs: totalMs / requests,
            })),
    };
  } finally {
    await generator.close();
  }
}
