import { sizeOfSource } from '../model/data-feed.ts';
import { Failure } from '../model/failure.ts';
import type { Flow } from '../model/flow.ts';
import type { ArrivalPhase } from '../model/load-spec.ts';
import type { Scenario } from '../model/scenario.ts';
import { templateNames } from '../model/template.ts';

/**
 * Throws `data-too-short` where one round alone begins more flows than a `unique` source has rows for them.
 *
 * Only phases that end say beforehand how many that will be; elsewhere the run finds out.
 */
export function requireEnoughRows({
  data,
  flows,
  load,
  positions,
}: Pick<Scenario, 'data' | 'flows' | 'load' | 'positions'>): void {
  if (load.model.kind !== 'open') return;
  const arrivals = arrivalsOf(load.model.phases);
  if (arrivals === undefined) return;
  const weightOf = (some: readonly Flow[]) => some.reduce((sum, { weight }) => sum + weight, 0);
  for (const [index, source] of data.entries()) {
    if (source.order !== 'unique') continue;
    const users = flows.filter((flow) => uses(flow, source.as));
    const need = Math.floor((arrivals * weightOf(users)) / weightOf(flows));
    const rows = sizeOfSource(source);
    if (rows >= need) continue;
    throw new Failure('data-too-short', { name: source.as, rows, need }, { at: positions[`data.${index}`] });
  }
}

/** How many flows all phases together begin, those that warm up included; `undefined` where one has no end. */
function arrivalsOf(phases: readonly ArrivalPhase[]): number | undefined {
  let arrivals = 0;
  for (const { durationMs, fromPerS, toPerS } of phases) {
    if (durationMs === undefined) return undefined;
    arrivals += (((fromPerS + toPerS) / 2) * durationMs) / 1000;
  }
  return arrivals;
}

function uses(flow: Flow, source: string): boolean {
  return templateNames(JSON.stringify(flow.steps)).some((name) => name.split('.')[0] === source);
}
