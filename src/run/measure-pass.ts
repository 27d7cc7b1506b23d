import { areEnoughRounds } from '../compare/enough-rounds.ts';
import { healthOf, type ThreadRecord } from '../instruments/load/health.ts';
import type { LoadArtifact, LoadRound } from '../model/load.ts';
import type { LoadModel } from '../model/load-spec.ts';
import { createRandom } from '../model/random.ts';
import { type MeasuredRound, measureRound, type RoundPlan } from './measure-round.ts';
import type { PassContext } from './pass-context.ts';
import { designOf, roundsOf, slicesOf } from './round-design.ts';
import { blockOrder, sliceOrder } from './slice-order.ts';
import { targetOfVariant } from './variant-target.ts';

/**
 * The first pass, and the only source of metrics: nothing is attached to the service.
 *
 * Every round starts fresh processes of all variants, warms them up, and lets them take turns in short slices, so
 * that whatever else the machine does hits both alike. Where both cannot be up at once they have the round one after the
 * other. It ends with the last round that the scenario allows, or before that once the comparison is precise enough.
 * Returns one artifact per variant, by name.
 */
export async function measurePass(context: PassContext): Promise<Readonly<Record<string, LoadArtifact>>> {
  const { scenario } = context;
  const { load, variants, target } = scenario;
  const design = designOf(scenario);
  const { least, most } = roundsOf(scenario);
  const random = createRandom(load.seed);
  const measured: (readonly MeasuredRound[])[] = [];
  const starters: string[] = [];
  const ofVariant = (index: number) => measured.flatMap((each) => each[index] ?? []);
  const isEnough = () =>
    measured.length >= most ||
    (measured.length >= least && areEnoughRounds([loadsOf(ofVariant(0)), loadsOf(ofVariant(1))], scenario.gate));
  do {
    const { slices } = slicesOf(load, design);
    const order = design === 'blocks' ? blockOrder(random) : sliceOrder(variants.length, slices, random);
    starters.push(variants[order[0] ?? 0]?.name ?? '');
    measured.push(await measureInOrder(context, measured.length, order));
  } while (!isEnough());
  return Object.fromEntries(
    variants.map((variant, index) => [
      variant.name,
      {
        model: load.model,
        rounds: loadsOf(ofVariant(index)),
        health: healthOf(threadsOf(ofVariant(index))),
        design,
        seed: load.seed,
        starters,
        insecure: targetOfVariant(target, variant).tls?.insecure ?? false,
      } satisfies LoadArtifact,
    ]),
  );
}

const loadsOf = (measured: readonly MeasuredRound[]): readonly LoadRound[] => measured.map(({ round }) => round);
const threadsOf = (measured: readonly MeasuredRound[]): readonly (readonly ThreadRecord[])[] =>
  measured.map(({ threads }) => threads);

/** One round, in the order of the variants. */
async function measureInOrder(
  context: PassContext,
  index: number,
  order: readonly number[],
): Promise<readonly MeasuredRound[]> {
  const { scenario, onProgress } = context;
  const { load, variants } = scenario;
  const design = designOf(scenario);
  const { least, most } = roundsOf(scenario);
  const text = `round ${index + 1}/${least === most ? most : `${least} to ${most}`}`;
  onProgress({ pass: 'measure', text });
  const plan: Omit<RoundPlan, 'variants' | 'order'> = {
    sliceMs: slicesOf(load, design).sliceMs,
    seed: load.seed + index,
    onFigures: (variant, offeredMs, live) =>
      onProgress({
        pass: 'measure',
        text: [text, ...(variants.length > 1 ? [variant] : []), ...phaseAt(load.model, offeredMs)].join(', '),
        live,
      }),
  };
  if (design !== 'blocks') return measureRound(context, { ...plan, variants, order });
  const blocks = new Map<number, MeasuredRound>();
  for (const block of order) {
    const variant = variants[block];
    const [measured] = variant ? await measureRound(context, { ...plan, variants: [variant], order: [0] }) : [];
    if (measured) blocks.set(block, measured);
  }
  return variants.flatMap((_, block) => blocks.get(block) ?? []);
}

/** The name of the phase, or its rate, in which so much of the counted load was offered. */
function phaseAt(model: LoadModel, offeredMs: number): readonly string[] {
  if (model.kind === 'closed') return [];
  let endMs = 0;
  for (const { warmup, durationMs, name, fromPerS, toPerS } of model.phases) {
    if (warmup) continue;
    endMs += durationMs ?? Number.POSITIVE_INFINITY;
    if (offeredMs <= endMs) return [name ?? (fromPerS === toPerS ? `${fromPerS}/s` : `${fromPerS} to ${toPerS}/s`)];
  }
  return [];
}
