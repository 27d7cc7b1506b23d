import { createDataFeed, type DataShare, wholeData } from '../../model/data-feed.ts';
import type { Flow } from '../../model/flow.ts';
import { createRandom } from '../../model/random.ts';
import type { DataSource } from '../../model/scenario.ts';
import { type TemplateValues, templateNames } from '../../model/template.ts';
import { type CompiledStep, compileStep, namesOfStep } from './compiled-step.ts';
import { type CookieJar, createCookieJar } from './cookie-jar.ts';
import type { RequestTarget } from './request.ts';

/** One virtual user's way through one flow. */
export interface Walk {
  readonly steps: readonly CompiledStep[];
  /** Of the data and of what was captured before the load. */
  readonly values: TemplateValues;
  readonly cookies: CookieJar;
}

/** What the steps before the load left behind. */
export interface WalkStart {
  readonly values: TemplateValues;
  /** `set-cookie` lines. */
  readonly cookies: readonly string[];
}

export interface ItineraryPlan extends RequestTarget {
  readonly flows: readonly Flow[];
  readonly data: readonly DataSource[];
  readonly seed: number;
  readonly timeoutMs: number;
  readonly start?: WalkStart;
  /** Where several generators share one scenario; left out: all of it. */
  readonly share?: DataShare;
}

export interface Itinerary {
  /** The next walk; `undefined` once a `unique` source of data has no row left. */
  next(): Walk | undefined;
  /** The source that had no row left. */
  exhausted(): string | undefined;
  /** See `DataFeed.used`. */
  usedRows(): Readonly<Record<string, number>>;
}

/**
 * The endless sequence of walks through the flows.
 *
 * It depends on the plan and the seed alone, never on time: before and after are asked the same in the same order.
 */
export function createItinerary(plan: ItineraryPlan): Itinerary {
  const { url, data, seed, share = wholeData, start = { values: {}, cookies: [] } } = plan;
  const flows = plan.flows
    .filter((flow) => flow.weight > 0 && flow.steps.some((step) => step.kind === 'request'))
    .map((flow) => ({
      weight: flow.weight,
      steps: flow.steps.map((step) => compileStep(step, plan)),
      sources: sourcesOf(flow, data, plan.headers),
    }));
  if (flows.length === 0) throw new Error('no flow sends a request');
  const feed = createDataFeed(data, seed, share);
  const nextFlow = weightedChoice(
    flows.map((flow) => flow.weight),
    createRandom(seed ^ (0x9e3779b9 + share.index))(),
  );
  const hasStart = Object.keys(start.values).length > 0;
  return {
    next() {
      const flow = flows[nextFlow()];
      const values = flow && feed.next(flow.sources);
      if (!values) return undefined;
      return {
        steps: flow.steps,
        values: hasStart ? { ...values, ...start.values } : values,
        cookies: createCookieJar(url, start.cookies),
      };
    },
    exhausted: feed.exhausted,
    usedRows: feed.used,
  };
}

/** The sources that the steps of a flow draw from, or the headers that all of them carry. */
export function sourcesOf(
  flow: Pick<Flow, 'steps'>,
  data: readonly DataSource[],
  headers: RequestTarget['headers'],
): readonly string[] {
  const used = [...flow.steps.flatMap(namesOfStep), ...Object.values(headers).flatMap(templateNames)];
  const names = new Set(used.map((name) => name.split('.')[0]));
  return data.filter(({ as }) => names.has(as)).map(({ as }) => as);
}

/**
 * Chooses indexes in proportion to `weights`, starting at `start` (0 to 1).
 *
 * Steps by the golden ratio (an additive recurrence) keep the shares exact after few choices, where independent
 * random numbers would give before and after a different mix.
 */
function weightedChoice(weights: readonly number[], start: number): () => number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let point = start;
  return () => {
    point = (point + 0.618_033_988_749_894_9) % 1;
    let left = point * total;
    const index = weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    return index === -1 ? weights.length - 1 : index;
  };
}
