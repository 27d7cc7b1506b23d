import { at, isMap, listAt, numberAt, textAt } from './content.ts';
import { plainName } from './literal.ts';
import type { Notes } from './notes.ts';
import type { WrittenLoad, WrittenPhase } from './written.ts';

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const maxDurationMs = 24 * 3_600_000;
const maxPerS = 1_000_000;
const maxPhases = 50;

/** Longer than this, eight rounds of all phases are not what their author had in mind. */
const longMs = 60_000;

/** Milliseconds of a number of seconds, or of a text such as `10 minutes`; `undefined` where it is none. */
export function artilleryDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value * 1000 : undefined;
  const match = typeof value === 'string' ? /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(value) : null;
  if (!match) return undefined;
  const word = (match[2] ?? '').toLowerCase();
  const unitMs = unitsMs[/^m(?:s|illi)/.test(word) ? 'ms' : (word[0] ?? 's')];
  return unitMs === undefined ? undefined : Number(match[1]) * unitMs;
}

/** `1500ms`, `30s`, `10m`. */
export function writtenDuration(durationMs: number): string {
  if (durationMs % 60_000 === 0 && durationMs > 0) return `${durationMs / 60_000}m`;
  return durationMs % 1000 === 0 ? `${durationMs / 1000}s` : `${Number(durationMs.toFixed(3))}ms`;
}

/** `config.phases` and `config.http.timeout`. Format: https://www.artillery.io/docs/reference/test-script */
export function loadOf(config: unknown, notes: Notes): WrittenLoad | undefined {
  const phases: (WrittenPhase & { readonly durationMs: number; readonly perS: number })[] = [];
  for (const [index, phase] of listAt(config, 'phases').entries()) {
    const place = `config.phases[${index}]`;
    const drafted = index < maxPhases ? phaseOf(phase) : { problem: `a draft has at most ${maxPhases} phases` };
    if ('problem' in drafted) notes.leaveOut(place, drafted.problem);
    else phases.push(drafted);
    if (isMap(phase) && at(phase, 'maxVusers') !== undefined) {
      notes.leaveOut(`${place}.maxVusers`, 'load.connections limits how many are there at a time');
    }
  }
  const timeoutS = numberAt(config, 'http', 'timeout');
  const timeout =
    timeoutS !== undefined && timeoutS > 0 && timeoutS <= 3600 ? { timeout: writtenDuration(timeoutS * 1000) } : {};
  if (!phases.some(({ perS }) => perS > 0)) {
    if (phases.length > 0) notes.leaveOut('config.phases', 'together they ask for no load');
    return 'timeout' in timeout ? timeout : undefined;
  }
  const counted = phases.findIndex(({ name }) => !/warm/i.test(name ?? ''));
  // Only what comes first can warm up, and something must be left to count.
  const warmups = phases.slice(Math.max(counted, 0)).some(({ perS }) => perS > 0) ? counted : 0;
  const totalMs = phases.reduce((sum, { durationMs }) => sum + durationMs, 0);
  if (totalMs > longMs) {
    notes.remark(`load.rounds is 1, since all phases take ${writtenDuration(totalMs)}: a comparison wants more rounds`);
  }
  if (warmups > 0)
    notes.remark(
      `taken as warm-up, by name: ${phases
        .slice(0, warmups)
        .map(({ name }) => name)
        .join(', ')}`,
    );
  return {
    phases: phases.map(({ durationMs, perS, ...phase }, index) =>
      index < warmups ? { ...phase, warmup: true } : phase,
    ),
    ...timeout,
    ...(totalMs > longMs && { rounds: 1 }),
  };
}

function phaseOf(phase: unknown): (WrittenPhase & { durationMs: number; perS: number }) | { readonly problem: string } {
  const pauseMs = artilleryDuration(at(phase, 'pause'));
  if (pauseMs !== undefined) {
    const bad = unfitDuration(pauseMs);
    return bad ?? { duration: writtenDuration(pauseMs), rate: '0/s', durationMs: pauseMs, perS: 0 };
  }
  const durationMs = artilleryDuration(at(phase, 'duration'));
  if (durationMs === undefined) return { problem: 'its duration is no number of seconds' };
  const unfit = unfitDuration(durationMs);
  if (unfit) return unfit;
  const count = numberAt(phase, 'arrivalCount');
  const rate = count === undefined ? numberAt(phase, 'arrivalRate') : count / (durationMs / 1000);
  const rampTo = numberAt(phase, 'rampTo');
  if (rate === undefined) return { problem: 'its arrivalRate is no number' };
  if (at(phase, 'rampTo') !== undefined && rampTo === undefined) return { problem: 'its rampTo is no number' };
  if ([rate, rampTo ?? 0].some((each) => each < 0 || each > maxPerS)) return { problem: 'its rate is out of range' };
  const name = plainName(textAt(phase, 'name') ?? '');
  return {
    ...(name !== '' && { name }),
    duration: writtenDuration(durationMs),
    rate: writtenRate(rate),
    ...(rampTo !== undefined && { rampTo: writtenRate(rampTo) }),
    durationMs,
    perS: Math.max(rate, rampTo ?? 0),
  };
}

function unfitDuration(durationMs: number): { readonly problem: string } | undefined {
  return durationMs < 50 || durationMs > maxDurationMs ? { problem: 'its duration is out of range' } : undefined;
}

function writtenRate(perS: number): string {
  return `${Number(perS.toFixed(4))}/s`;
}
