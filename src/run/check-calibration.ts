import { coarsestResolution } from '../compare/calibration-figures.ts';
import type { CheckResult } from '../model/check.ts';
import type { Scenario } from '../model/scenario.ts';
import { formatShare } from '../report/format.ts';
import { findCalibration } from './calibration-file.ts';
import { describeEnvironment } from './environment.ts';

/**
 * Whether this machine can tell the changes that the gate cares about, by a calibration kept in `folder`; nothing where
 * there is none, or one variant.
 */
export async function checkCalibration(
  { name: scenario, digest, gate, load, variants, file }: Scenario,
  folder: string,
): Promise<readonly CheckResult[]> {
  if (variants.length < 2) return [];
  const name = 'calibration';
  const hint = `chokepoint calibrate ${file}`;
  const found = await findCalibration(scenario, describeEnvironment(), folder);
  if (found.status === 'none') return [];
  if (found.status === 'damaged') {
    return [{ name, status: 'warning', message: `${found.file} cannot be read`, hint }];
  }
  const { metric, measuredAt, spreads, scenario: measured } = found.calibration;
  const made = `calibrated on ${measuredAt.slice(0, 10)}`;
  if (measured.digest !== digest) {
    return [{ name, status: 'warning', message: `${made}, and the scenario was changed since`, hint }];
  }
  const deciding =
    metric === gate.metric ? spreads : spreads.map((each) => ({ ...each, gates: each.name === gate.metric }));
  const rounds = load.rounds.most;
  const resolution = coarsestResolution(deciding, rounds, gate.floorMs);
  if (resolution === undefined) return [];
  const resolves =
    resolution === 0
      ? `every change of ${gate.metric} above the floor`
      : `changes of ${gate.metric} from ${formatShare(resolution)} on`;
  const message = `${made}: ${rounds} rounds resolve ${resolves}, and the margin is ${formatShare(gate.margin)}`;
  if (resolution <= gate.margin) return [{ name, status: 'ok', message }];
  return [{ name, status: 'warning', message, hint: 'give more rounds, a wider gate.margin, or a quieter machine' }];
}
