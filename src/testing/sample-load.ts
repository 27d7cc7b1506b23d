import { setTimeout as sleep } from 'node:timers/promises';
import { type LoadGenerator, type LoadPlan, startGenerator } from '../instruments/load/generator.ts';
import type { EndpointRound, LoadRound } from '../model/load.ts';
import type { RequestStep } from '../model/scenario.ts';

/** `GET /a`, or another method and path, as a step. */
export function request(text: string, more: Partial<RequestStep> = {}): RequestStep {
  const [, method, url = '/'] = /^(\w+) (.*)$/.exec(text) ?? [];
  return {
    kind: 'request',
    method: method as RequestStep['method'],
    url,
    endpoint: text,
    headers: {},
    expect: {},
    ...more,
  };
}

/** A plan of one flow with these steps: 4 connections, half a second of patience. */
export function planOf(url: string, steps: LoadPlan['flows'][number]['steps'], more: Partial<LoadPlan> = {}): LoadPlan {
  const flows = [{ name: 'flow', weight: 1, steps }];
  return { url, flows, data: [], connections: 4, timeoutMs: 500, seed: 1, headers: {}, ...more };
}

/** Loads for `durationMs`, drains, and closes. */
export async function load(plan: LoadPlan, durationMs: number): Promise<LoadRound & { readonly trouble?: string }> {
  const generator = startGenerator(plan);
  try {
    const round = await slice(generator, durationMs);
    const trouble = generator.lastTrouble();
    return { ...round, ...(trouble !== undefined && { trouble }) };
  } finally {
    await generator.close();
  }
}

export async function slice(generator: LoadGenerator, durationMs: number): Promise<LoadRound> {
  generator.resume();
  await sleep(durationMs);
  await generator.pause();
  return generator.take();
}

/** The only endpoint of a round, or the one of that name. */
export function endpoint(round: LoadRound, name?: string): EndpointRound {
  const found = name === undefined ? Object.values(round.endpoints)[0] : round.endpoints[name];
  if (!found) throw new Error(`no endpoint ${name ?? 'at all'}`);
  return found;
}
