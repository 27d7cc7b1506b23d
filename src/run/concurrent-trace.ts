import { startGenerator } from '../instruments/load/generator.ts';
import { sourcesOf, type WalkStart } from '../instruments/load/itinerary.ts';
import type { WalkHooks } from '../instruments/load/walk-once.ts';
import { createBurstRecorder } from '../instruments/sql/burst-recorder.ts';
import { leftInTransaction, recordLone, watchPool } from '../instruments/sql/pool-watch.ts';
import type { WireTap } from '../instruments/sql/wire-tap.ts';
import { type Burst, isStampede, type LoneRequest, minRuns, type PoolWindow } from '../model/bursts.ts';
import { endpointsOfFlow, type Flow } from '../model/flow.ts';
import type { QueriesArtifact } from '../model/queries.ts';
import type { Scenario, Variant } from '../model/scenario.ts';
import type { TemplateValues } from '../model/template.ts';
import type { Service } from '../target/service.ts';
import { unlessAborted, wait } from '../target/wait.ts';
import type { PassContext } from './pass-context.ts';
import { loadPlanOf, steadyModel } from './service-load.ts';

/** Sends the requests of a flow with these values. */
type Walk = (flow: Flow, hooks: WalkHooks, values: TemplateValues) => Promise<void>;

/** What the trace pass does with several requests at a time, before and after those that it sends one by one. */
export interface ConcurrentTrace {
  /** For the first walk of a flow: each of its reads is sent several times at once. */
  firstHooks(flow: Flow, values: TemplateValues, signal: AbortSignal): WalkHooks;
  /** Waits for what was kept at the start to expire, then puts the scenario's load on the service for a moment. */
  after(service: Service, start: WalkStart, walk: Walk, signal: AbortSignal): Promise<void>;
  facts(): Pick<QueriesArtifact, 'bursts' | 'pool'>;
}

/** Caches of what is asked under load are kept for a second or for minutes: for minutes nobody waits. */
const waitForExpiryMs = 2_500;
/** Enough to tell "once" from "each of them", and no load to speak of. */
const mostAtOnce = 8;
const betweenBurstsMs = 150;
const loadWarmupMs = 300;
const loadWindowMs = 600;
/** No further flow is walked alone after this time. */
const lonelyMs = 5_000;

export function createConcurrentTrace(context: PassContext, variant: Variant, tap: WireTap): ConcurrentTrace {
  const { scenario, onProgress, rows } = context;
  // A service is never asked for more at once than its scenario asks for: it might not survive that.
  const atOnce = Math.min(mostAtOnce, scenario.load.model.connections);
  const recorder = createBurstRecorder(tap, atOnce);
  const bursts: Burst[] = [];
  const firsts = new Map<Flow, TemplateValues>();
  let pool: PoolWindow | undefined;

  const burstHooks = (when: Burst['when'], into: Burst[], signal: AbortSignal): WalkHooks => ({
    async around(step, _path, send) {
      if (step.method !== 'GET' && step.method !== 'HEAD') {
        await send();
        return;
      }
      const burst = await recorder.record({ endpoint: step.endpoint, when }, send, signal);
      if (burst) into.push(burst);
    },
  });

  /** Until an entry that the first burst of the flow filled several times is filled several times again. */
  const awaitExpiry = async (flow: Flow, values: TemplateValues, walk: Walk, signal: AbortSignal) => {
    const endsAt = performance.now() + waitForExpiryMs;
    while (performance.now() < endsAt) {
      await wait(betweenBurstsMs, signal);
      const later: Burst[] = [];
      await walk(flow, burstHooks('later', later, signal), values);
      const filled = later.filter((burst) => burst.statements.some((each) => isStampede(each, burst)));
      bursts.push(...filled);
      if (filled.length > 0) return;
    }
  };

  /** Until one fails: where the others would wait as long for nothing. */
  const sendLone = async (walk: Walk) => {
    onProgress({ pass: 'trace', text: `${variant.name}: one request at a time after the load` });
    const sent: LoneRequest[] = [];
    const beganAt = performance.now();
    for (const [flow, values] of firsts) {
      if (!readsOnly(flow)) continue;
      await walk(flow, { around: ({ endpoint }, _path, send) => recordLone(tap, endpoint, send, sent) }, values);
      const hasFailed = sent.some(({ status = 500 }) => status >= 500);
      if (hasFailed || performance.now() - beganAt > lonelyMs) break;
    }
    return sent;
  };

  return {
    firstHooks(flow, values, signal) {
      if (!mayRepeat(flow, scenario, variant)) return {};
      firsts.set(flow, values);
      if (atOnce < minRuns) return {};
      return burstHooks('start', bursts, signal);
    },
    async after(service, start, walk, signal) {
      const suspects = bursts.filter((burst) => burst.statements.some((each) => isStampede(each, burst)));
      for (const [flow, values] of firsts) {
        const isSuspect = suspects.some(({ endpoint }) => endpointsOfFlow(flow).includes(endpoint));
        if (!isSuspect || !readsOnly(flow)) continue;
        onProgress({ pass: 'trace', text: `${variant.name}: waiting for what is kept to expire` });
        await awaitExpiry(flow, values, walk, signal);
      }
      if (!scenario.flows.every((flow) => mayRepeat(flow, scenario, variant))) return;
      onProgress({ pass: 'trace', text: `${variant.name}: its connections under load` });
      const model = steadyModel(scenario.load.model);
      const generator = startGenerator(
        loadPlanOf(scenario, service, variant, {
          start,
          share: rows.shareOf(0, 1),
          seed: scenario.load.seed,
          model,
        }),
      );
      try {
        generator.resume();
        await wait(loadWarmupMs, signal);
        const watched = await watchPool(tap, () => wait(loadWindowMs, signal));
        await unlessAborted(generator.pause(), signal);
        const left = await leftInTransaction(tap, signal);
        const afterwards = await sendLone(walk);
        pool = {
          ...{ users: model.connections, ...watched, leftInTransaction: left },
          ...(afterwards.length > 0 && { afterwards }),
        };
      } finally {
        await generator.close();
      }
    },
    facts: () => ({ bursts, ...(pool && { pool }) }),
  };
}

/** Requests with rows that may be used once only are not sent twice. */
function mayRepeat(flow: Flow, { data }: Scenario, { headers }: Variant): boolean {
  const used = sourcesOf(flow, data, headers);
  return !data.some(({ as, order }) => order === 'unique' && used.includes(as));
}

function readsOnly({ steps }: Flow): boolean {
  return steps.every((step) => step.kind !== 'request' || step.method === 'GET' || step.method === 'HEAD');
}
