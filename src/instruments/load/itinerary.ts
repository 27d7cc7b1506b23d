import { createDataFeed } from '../../model/data-feed.ts';
import { createRandom } from '../../model/random.ts';
import type { DataSource, Flow, HttpMethod } from '../../model/scenario.ts';
import type { TemplateValues } from '../../model/template.ts';
import { compileRequest, type RequestTarget, serializeRequest } from './request.ts';

/** What a virtual user does next. */
export type Stop =
  | { readonly kind: 'think'; readonly durationMs: number }
  | { readonly kind: 'request'; readonly request: DueRequest };

export interface DueRequest {
  readonly endpoint: string;
  readonly method: HttpMethod;
  /** Left out where the scenario expects nothing. */
  readonly expectedStatus?: number;
  /** The whole request as it goes over the wire. */
  readonly bytes: Buffer;
}

export interface ItineraryPlan extends RequestTarget {
  readonly flows: readonly Flow[];
  readonly data: readonly DataSource[];
  readonly seed: number;
}

/**
 * The endless way of one virtual user through the flows; `user` counts from 0.
 *
 * It depends on the plan, the seed and `user` alone, never on time: before and after are asked the same in the
 * same order.
 */
export function createItinerary(plan: ItineraryPlan, user: number): () => Stop {
  const flows = plan.flows.filter((flow) => flow.weight > 0 && flow.steps.some((step) => step.kind === 'request'));
  if (flows.length === 0) throw new Error('no flow sends a request');
  const stops = flows.map((flow) => flow.steps.map((step) => compileStep(step, plan)));
  // Seeds far apart, so that the sources of one user share none with those of the next.
  const nextValues = createDataFeed(plan.data, plan.seed + user * 1000);
  const nextFlow = weightedChoice(
    flows.map((flow) => flow.weight),
    createRandom(plan.seed ^ (0x9e3779b9 + user))(),
  );

  let steps: readonly ((values: TemplateValues) => Stop)[] = [];
  let values: TemplateValues = {};
  let at = 0;
  return function next(): Stop {
    const step = steps[at];
    if (step) {
      at += 1;
      return step(values);
    }
    steps = stops[nextFlow()] ?? [];
    values = nextValues();
    at = 0;
    return next();
  };
}

function compileStep(step: Flow['steps'][number], target: RequestTarget): (values: TemplateValues) => Stop {
  if (step.kind === 'think') return () => step;
  const render = compileRequest(step, target);
  const fixed = { endpoint: step.endpoint, method: step.method };
  const expected = step.expect.status === undefined ? undefined : { expectedStatus: step.expect.status };
  let last: { readonly rendered: ReturnType<typeof render>; readonly stop: Stop } | undefined;
  return (values) => {
    const rendered = render(values);
    if (last?.rendered !== rendered) {
      const request = { ...fixed, ...expected, bytes: serializeRequest(rendered) };
      last = { rendered, stop: { kind: 'request', request } };
    }
    return last.stop;
  };
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
