import type { LoadPlan } from '../instruments/load/generator.ts';
import type { WalkStart } from '../instruments/load/itinerary.ts';
import { createSingleClient, type SingleTarget } from '../instruments/load/single-request.ts';
import { walkOnce } from '../instruments/load/walk-once.ts';
import { createDataFeed, type DataShare } from '../model/data-feed.ts';
import { Failure } from '../model/failure.ts';
import type { Flow, RequestStep, Step } from '../model/flow.ts';
import type { LoadModel } from '../model/load-spec.ts';
import type { Scenario, Variant } from '../model/scenario.ts';
import type { Service } from '../target/service.ts';
import type { PassContext } from './pass-context.ts';
import { targetOfVariant } from './variant-target.ts';

/** How one service is reached, as one variant wants it. */
export function targetOf({ target, load }: Scenario, service: Service, variant: Variant): SingleTarget {
  const { tls } = targetOfVariant(target, variant);
  return {
    url: service.url,
    headers: variant.headers,
    timeoutMs: load.timeoutMs,
    ...(service.socketPath !== undefined && { socketPath: service.socketPath }),
    ...(tls && { tls }),
  };
}

interface PlanChoices {
  readonly start: WalkStart;
  readonly share: DataShare;
  readonly seed: number;
  /** Left out: the scenario's own. */
  readonly flows?: Scenario['flows'];
  readonly model?: LoadModel;
}

/** The load of the scenario on one service. */
export function loadPlanOf(
  scenario: Scenario,
  service: Service,
  variant: Variant,
  { flows = scenario.flows, model = scenario.load.model, ...choices }: PlanChoices,
): LoadPlan {
  return { ...targetOf(scenario, service, variant), flows, data: scenario.data, model, ...choices };
}

/** One flow alone at the scenario's full load; of the open model at its highest rate, all the time. */
export function flowPlanOf(
  { scenario, rows }: Pick<PassContext, 'scenario' | 'rows'>,
  service: Service,
  variant: Variant,
  flow: Flow,
  start: WalkStart,
): LoadPlan {
  const { seed, model } = scenario.load;
  return loadPlanOf(scenario, service, variant, {
    ...{ start, seed, share: rows.shareOf(0, 1), flows: [flow], model: steadyModel(model) },
  });
}

/** The highest rate of the open model, all the time; the closed one as it is. */
export function steadyModel(model: LoadModel): LoadModel {
  if (model.kind === 'closed') return model;
  const perS = Math.max(...model.phases.flatMap(({ fromPerS, toPerS }) => [fromPerS, toPerS]));
  return { ...model, phases: [{ fromPerS: perS, toPerS: perS, warmup: false }] };
}

/**
 * Runs `work` between the steps of `before` and those of `after`, which count in nothing.
 *
 * Throws `requests-failing` where one of them is not answered as expected. `after` is left out where `work` fails.
 */
export async function betweenSteps<T>(
  { scenario, signal }: PassContext,
  service: Service,
  variant: Variant,
  work: (start: WalkStart) => Promise<T>,
): Promise<T> {
  if (scenario.before.length === 0 && scenario.after.length === 0) return work({ values: {}, cookies: [] });
  const client = createSingleClient(targetOf(scenario, service, variant));
  const feed = createDataFeed(
    scenario.data.filter(({ order }) => order !== 'unique'),
    scenario.load.seed,
  );
  const values = feed.next(scenario.data.filter(({ order }) => order !== 'unique').map(({ as }) => as)) ?? {};
  const walk = async (part: 'before' | 'after', steps: readonly Step[], start: WalkStart) => {
    const failures: { readonly step: RequestStep; readonly detail: string }[] = [];
    const { end } = await walkOnce(client, steps, start, signal, {
      onExchange: ({ step, failure }) => failure !== undefined && failures.push({ step, detail: failure }),
      onUnanswered: ({ step, failure }) => failures.push({ step, detail: failure.detail.reason }),
    });
    const [failed] = failures;
    if (!failed) return end;
    const { step, detail } = failed;
    const at = scenario.positions[`${part}.${steps.indexOf(step)}`];
    throw new Failure('requests-failing', { endpoint: `${part}: ${step.endpoint}`, detail }, { at });
  };
  try {
    const start = await walk('before', scenario.before, { values, cookies: [] });
    const result = await work(captured(start, values));
    await walk('after', scenario.after, start);
    return result;
  } finally {
    client.close();
  }
}

/** Without the data's own values, of which every walk draws others. */
function captured({ values, cookies }: WalkStart, data: WalkStart['values']): WalkStart {
  return { values: Object.fromEntries(Object.entries(values).filter(([name]) => !(name in data))), cookies };
}
