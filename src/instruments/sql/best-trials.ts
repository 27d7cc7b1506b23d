import type { EstimatedIndex, TriedIndex, UntriedIndex } from './wanted-indexes.ts';

type Trial = TriedIndex | EstimatedIndex | UntriedIndex;

/** Medians of repeated runs differ by a tenth or two by themselves: what is not clearly faster is as fast. */
const clearlyFaster = 0.8;
/** What carries columns along is larger, and written by more updates: it must save half of the time. */
const carryingPrice = 1.6;
/** A partial index or a narrower one is worth another definition where it takes half of the space. */
const clearlySmaller = 0.5;

/**
 * For each statement and table the index to recommend; where none was used, the first that was tried.
 *
 * Among those that are as fast as the fastest the one that serves most statements is taken, since one index costs the
 * writes less than two; then the one that is clearly smaller; then the first, so that every run names the same.
 */
export function bestTrials(trials: readonly Trial[]): readonly Trial[] {
  const groups = new Map<string, Trial[]>();
  for (const trial of trials) {
    const key = JSON.stringify([trial.fingerprint, trial.table]);
    groups.set(key, [...(groups.get(key) ?? []), trial]);
  }
  const served = servedStatements(trials);
  return [...groups.values()].flatMap((group) => best(group, served) ?? []);
}

function best(group: readonly Trial[], served: ReadonlyMap<string, number>): Trial | undefined {
  const used = group.filter((trial): trial is TriedIndex => trial.status === 'tried' && trial.used);
  const price = ({ afterMs, include }: TriedIndex) => (include ? afterMs * carryingPrice : afterMs);
  const fastest = Math.min(...used.map(price));
  const fast = used.filter((trial) => price(trial) * clearlyFaster <= fastest);
  const most = Math.max(...fast.map(({ ddl }) => served.get(ddl) ?? 0));
  const [first, ...others] = fast.filter(({ ddl }) => served.get(ddl) === most);
  if (!first) return cheapest(group) ?? group[0];
  return others.reduce((kept, other) => (other.sizeBytes <= kept.sizeBytes * clearlySmaller ? other : kept), first);
}

/** Of those that only the planner judged. */
function cheapest(group: readonly Trial[]): EstimatedIndex | undefined {
  const used = group.filter((trial): trial is EstimatedIndex => trial.status === 'estimated' && trial.used);
  return used.reduce<EstimatedIndex | undefined>(
    (kept, other) => (kept && other.costAfter >= kept.costAfter * clearlyFaster ? kept : other),
    undefined,
  );
}

/** How many statements each index makes faster, by its DDL. */
function servedStatements(trials: readonly Trial[]): ReadonlyMap<string, number> {
  const served = new Map<string, number>();
  for (const trial of trials) {
    const helps = trial.status === 'tried' && trial.used && trial.afterMs < trial.beforeMs;
    if (helps) served.set(trial.ddl, (served.get(trial.ddl) ?? 0) + 1);
  }
  return served;
}
