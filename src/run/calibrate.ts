import { calibrationFigures } from '../compare/calibration-figures.ts';
import { compareVariants } from '../compare/compare-variants.ts';
import { metricsOf } from '../compare/metrics.ts';
import { judgeValidity } from '../compare/validity.ts';
import type { Calibration } from '../model/calibration.ts';
import type { Scenario } from '../model/scenario.ts';
import { withCheckouts } from './checkout-variants.ts';
import { describeEnvironment, toolVersion } from './environment.ts';
import { measurePass } from './measure-pass.ts';
import { openDatabase } from './open-database.ts';
import { createPassContext } from './pass-context.ts';
import type { OnProgress } from './progress.ts';
import { designOf } from './round-design.ts';
import { variantNamed } from './variant-named.ts';

interface CalibrateOptions {
  readonly scenario: Scenario;
  /** Left out: the first one, the state that a change is compared with. */
  readonly variant?: string;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/**
 * Measures one variant against itself as a run would, and says how its figures scatter though nothing changed.
 *
 * Everything that it starts is stopped when it returns or throws. Nothing is written; see `saveCalibration`.
 */
export async function calibrate({ scenario, signal, onProgress, ...options }: CalibrateOptions): Promise<Calibration> {
  const variant = variantNamed(scenario, options.variant, scenario.variants[0]);
  // Rounds that end once they scatter little would show too little scatter.
  const { most } = scenario.load.rounds;
  const load = { ...scenario.load, rounds: { least: most, most } };
  const alone = { ...scenario, load, variants: [variant] };
  return withCheckouts(alone, signal, onProgress, (checkedOut) =>
    measureAgainstItself(checkedOut.scenario, signal, onProgress),
  );
}

/** Of a scenario with one variant. */
async function measureAgainstItself(
  scenario: Scenario,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Calibration> {
  const variant = variantNamed(scenario, undefined, scenario.variants[0]);
  const [first, second] = [`${variant.name}-first`, `${variant.name}-second`] as const;
  const twice = { ...scenario, variants: [first, second].map((name) => ({ ...variant, name })) };
  const design = designOf(twice) === 'blocks' ? 'blocks' : 'sliced';
  const measuredAt = new Date().toISOString();
  const database = await openDatabase(twice, signal, onProgress);
  try {
    const loads = await measurePass(createPassContext({ scenario: twice, signal, onProgress }, database));
    const sideOf = (name: string) => ({
      name,
      run: { metrics: loads[name] ? metricsOf(loads[name]) : [], outcomes: {} },
    });
    const comparison = compareVariants(sideOf(first), sideOf(second), scenario.gate, design);
    return {
      schemaVersion: 1,
      tool: { name: 'chokepoint', version: toolVersion() },
      scenario: { name: scenario.name, digest: scenario.digest },
      variant: variant.name,
      measuredAt,
      environment: describeEnvironment(),
      design,
      rounds: loads[first]?.rounds.length ?? 0,
      metric: scenario.gate.metric,
      margin: scenario.gate.margin,
      floorMs: scenario.gate.floorMs,
      ...calibrationFigures(comparison, scenario.gate),
      validity: judgeValidity(loads, scenario.gate),
    };
  } finally {
    await database?.close();
  }
}
