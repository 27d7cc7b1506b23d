import { withCauses } from '../compare/causes.ts';
import { compareRuns } from '../compare/compare-runs.ts';
import { withinTrust, withOverride } from '../compare/distrust.ts';
import { decideGate } from '../compare/gate.ts';
import type { LoadedRun, Run } from '../model/run.ts';

/**
 * Two saved runs as one, so that every report can show their comparison.
 *
 * It describes itself as the later run does, and carries one variant of each, without flame graphs: their pages lie
 * in two folders. `compareRuns` says when two runs are refused.
 */
export function combineRuns(
  before: LoadedRun,
  after: LoadedRun,
  options: { readonly allowOtherMachine: boolean; readonly trustAnyway?: boolean },
): LoadedRun {
  const { comparison, warnings } = compareRuns(before.run, after.run, options);
  const sides = [
    { label: comparison.before, ...lastVariant(before) },
    { label: comparison.after, ...lastVariant(after) },
  ] as const;
  // A run compared with itself would otherwise be one variant.
  const labels = sides.map(({ label }, index) =>
    sides[0]?.label === label && index === 1 ? `${label} (again)` : label,
  );
  const trusted = !warnings.some(({ level }) => level === 'untrusted');
  const validity = withOverride({ trusted, warnings }, options.trustAnyway ?? false);
  const named = { ...comparison, before: labels[0] ?? '', after: labels[1] ?? '' };
  const run: Omit<Run, 'decision'> = {
    ...after.run,
    variants: Object.fromEntries(sides.map(({ variant }, index) => [labels[index] ?? '', variant])),
    comparison: withCauses(withinTrust(named, validity), sides[0].gathered, sides[1].gathered),
    validity,
  };
  const gathered = Object.fromEntries(sides.map((side, index) => [labels[index] ?? '', side.gathered]));
  return { run: { ...run, decision: decideGate(run, gathered) }, gathered };
}

function lastVariant({ run, gathered }: LoadedRun) {
  const name = run.comparison?.after ?? Object.keys(run.variants).at(-1) ?? '';
  const variant = run.variants[name];
  const artifacts = gathered[name];
  if (!variant || !artifacts) throw new Error(`compareRuns accepted a run without the variant "${name}"`);
  const { flameGraph: _page, ...withoutPage } = variant;
  return { variant: withoutPage, gathered: artifacts };
}
