import type { LoadSpec } from '../model/load-spec.ts';

/** How the time of one round is dealt out. */
export interface SlicePlan {
  /** Slices that each variant gets. */
  readonly slices: number;
  readonly sliceMs: number;
}

/** Slices that each variant gets in one round where the load has no phases that say how long it lasts. */
const usualSlices = 8;

/**
 * Two variants take turns in slices; one alone has its whole time at a stretch, for each pause lets queues run empty.
 *
 * Phases of the open model are cut into an even number of slices of about `sliceMs`.
 */
export function planSlices({ model, sliceMs }: Pick<LoadSpec, 'model' | 'sliceMs'>, variants: number): SlicePlan {
  const durationMs = phasesMs(model) ?? usualSlices * sliceMs;
  const slices = variants === 1 ? 1 : Math.max(2, 2 * Math.round(durationMs / sliceMs / 2));
  return { slices, sliceMs: durationMs / slices };
}

/** The counted phases together; `undefined` where they have no end, or there are none. */
function phasesMs(model: LoadSpec['model']): number | undefined {
  if (model.kind === 'closed') return undefined;
  const durations = model.phases.filter(({ warmup }) => !warmup).map(({ durationMs }) => durationMs ?? Number.NaN);
  const sum = durations.reduce((total, durationMs) => total + durationMs, 0);
  return sum > 0 ? sum : undefined;
}

/**
 * The order in which the variants of a round take turns, as indexes: ABBA ABBA …, or BAAB BAAB …
 *
 * ABBA cancels a drift of the machine that is linear over four slices; who starts is drawn by `random` per round,
 * so that being first favours nobody.
 */
export function sliceOrder(variants: number, slices: number, random: () => number): readonly number[] {
  if (variants === 1) return Array.from({ length: slices }, () => 0);
  const first = random() < 0.5 ? 0 : 1;
  const group = [first, 1 - first, 1 - first, first];
  return Array.from({ length: Math.ceil(slices / 2) }, () => group).flat();
}

/** The order in which two variants have a round to themselves, one after the other; drawn per round as the starter is. */
export function blockOrder(random: () => number): readonly [number, number] {
  return random() < 0.5 ? [0, 1] : [1, 0];
}
