import { setTimeout as sleep } from 'node:timers/promises';
import { type LoadGenerator, type LoadPlan, startGenerator } from '../instruments/load/generator.ts';
import type { RequestStep } from '../model/flow.ts';
import type { EndpointRound, LoadRound } from '../model/load.ts';
import type { LoadModel } from '../model/load-spec.ts';
import { contradictions } from './adding-up.ts';

/** `GET /a`, or another method and path, as a step. */
export function request(text: string, more: Partial<RequestStep> = {}): RequestStep {
  const [, method, url = '/'] = /^(\w+) (.*)$/.exec(text) ?? [];
  return {
    kind: 'request',
    method: method as RequestStep['method'],
    url,
    endpoint: text,
    headers: {},
    query: [],
    expect: { json: [], headers: [], contains: [] },
    captures: [],
    redirects: 0,
    ...more,
  };
}

/** One of each: 4 users, and 100 arrivals a second. */
export const loadModels = {
  closed: { kind: 'closed', connections: 4 },
  open: {
    kind: 'open',
    phases: [{ fromPerS: 100, toPerS: 100, warmup: false }],
    arrivals: 'even',
    connections: 50,
  },
} as const satisfies Record<string, LoadModel>;

/** A plan of one flow with these steps: 4 connections, half a second of patience. */
export function planOf(url: string, steps: LoadPlan['flows'][number]['steps'], more: Partial<LoadPlan> = {}): LoadPlan {
  const flows = [{ name: 'flow', weight: 1, steps }];
  return {
    url,
    flows,
    data: [],
    model: loadModels.closed,
    timeoutMs: 500,
    seed: 1,
    headers: {},
    ...more,
  };
}

/** Loads for `durationMs`, drains, and closes. */
export async function load(plan: LoadPlan, durationMs: number): Promise<LoadRound & { readonly trouble?: string }> {
  const generator = startGenerator(plan);
  try {
    const round = await slice(generator, durationMs);
    // One of those which are the service's doing.
    const trouble = Object.values(round.endpoints)
      .flatMap(({ troubles }) => Object.keys(troubles))
      .findLast((reason) => reason !== 'no connection was free');
    return { ...round, ...(trouble !== undefined && { trouble }) };
  } finally {
    await generator.close();
  }
}

/** Loads for `durationMs`, and drains; throws where the counts contradict each other. */
export async function slice(generator: LoadGenerator, durationMs: number): Promise<LoadRound> {
  generator.resume();
  await sleep(durationMs);
  await generator.pause();
  const round = await generator.take();
  const wrong = contradictions(round);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return round;
}

/** The only endpoint of a round, or the one of that name. */
export function endpoint(round: LoadRound, name?: string): EndpointRound {
  const found = name === undefined ? Object.values(round.endpoints)[0] : round.endpoints[name];
  if (!found) throw new Error(`no endpoint ${name ?? 'at all'}`);
  return found;
}
