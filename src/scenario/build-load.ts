import type { ArrivalPhase, LoadModel, LoadSpec } from '../model/load-spec.ts';
import { invalidValue } from './invalid-value.ts';
import { parseDuration, parseRate } from './quantities.ts';
import type { ScenarioDocument } from './schema.ts';
import { locate, type SourceNode } from './source-tree.ts';

type LoadDocument = ScenarioDocument['load'];

/** Decides between the closed and the open model, and checks what belongs to only one of them. */
export function buildLoad(document: LoadDocument, root: SourceNode): LoadSpec {
  const { slice, timeout, rounds, design, seed, traceRequests, connections } = document;
  const phases = phasesOf(document, root);
  if (!phases && document.arrivals !== undefined) {
    const hint = 'give rate or phases, or leave it out';
    throw invalidValue(root, ['load', 'arrivals'], 'has no meaning where each connection waits for its answer', hint);
  }
  if (rounds.min > rounds.max) {
    throw invalidValue(root, ['load', 'rounds', 'min'], `is above max, which is ${rounds.max}`, 'write min up to max');
  }
  const model: LoadModel = phases
    ? { kind: 'open', phases, arrivals: document.arrivals ?? 'even', connections }
    : { kind: 'closed', connections };
  return {
    model,
    warmupMs: phases
      ? phases.reduce((sum, { warmup, durationMs = 0 }) => sum + (warmup ? durationMs : 0), 0)
      : milliseconds(document.warmup),
    rounds: { least: rounds.min, most: rounds.max },
    ...(design === undefined ? {} : { design }),
    sliceMs: milliseconds(slice),
    timeoutMs: milliseconds(timeout),
    seed,
    traceRequests,
  };
}

/** The phases of the open model, its warm-up first; `undefined` for the closed one. */
function phasesOf({ rate, phases, warmup }: LoadDocument, root: SourceNode): readonly ArrivalPhase[] | undefined {
  const warmupMs = milliseconds(warmup);
  if (rate !== undefined) {
    if (phases) throw invalidValue(root, ['load', 'phases'], 'stands beside rate', 'keep one of the two');
    const perS = perSecond(rate);
    if (perS === 0) throw invalidValue(root, ['load', 'rate'], 'asks for no load', 'write a rate above 0');
    return [...warmUp(warmupMs, perS), { fromPerS: perS, toPerS: perS, warmup: false }];
  }
  if (!phases) return undefined;
  const built = phases.map(buildPhase);
  checkPhases(built, root);
  return built[0]?.warmup ? built : [...warmUp(warmupMs, firstRate(built)), ...built];
}

function buildPhase(document: NonNullable<LoadDocument['phases']>[number]): ArrivalPhase {
  const { name, duration, rate, rampTo, warmup } = document;
  return {
    ...(name === undefined ? {} : { name }),
    durationMs: milliseconds(duration),
    fromPerS: perSecond(rate),
    toPerS: perSecond(rampTo ?? rate),
    warmup,
  };
}

function checkPhases(phases: readonly ArrivalPhase[], root: SourceNode): void {
  const path = ['load', 'phases'];
  const firstCounted = phases.findIndex(({ warmup }) => !warmup);
  if (firstCounted < 0) throw invalidValue(root, path, 'only warms up', 'add a phase without warmup: true');
  const late = phases.findIndex(({ warmup }, index) => warmup && index > firstCounted);
  if (late >= 0) {
    const reason = 'stands in a phase after one that is counted';
    throw invalidValue(root, [...path, late, 'warmup'], reason, 'put the phases that warm up first');
  }
  if (phases.every((phase) => phase.warmup || !offersLoad(phase))) {
    throw invalidValue(root, path, 'asks for no load', 'give one of them a rate above 0');
  }
  if (firstCounted > 0 && locate(root, ['load', 'warmup'])) {
    throw invalidValue(root, ['load', 'warmup'], 'stands beside a phase that warms up', 'keep one of the two');
  }
}

function warmUp(durationMs: number, perS: number): readonly ArrivalPhase[] {
  return durationMs === 0 ? [] : [{ durationMs, fromPerS: perS, toPerS: perS, warmup: true }];
}

/** The rate at which load begins; of a ramp that begins at nothing, its mean, because nothing would warm nothing up. */
function firstRate(phases: readonly ArrivalPhase[]): number {
  const { fromPerS, toPerS } = phases.find(offersLoad) ?? { fromPerS: 0, toPerS: 0 };
  return fromPerS > 0 ? fromPerS : toPerS / 2;
}

function offersLoad({ fromPerS, toPerS }: ArrivalPhase): boolean {
  return fromPerS > 0 || toPerS > 0;
}

function perSecond(rate: string): number {
  return parseRate(rate) ?? 0;
}

function milliseconds(duration: string): number {
  return parseDuration(duration) ?? 0;
}
