import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Calibration, Spread } from '../model/calibration.ts';
import type { Environment } from '../model/run.ts';
import { nameInFiles } from './run-id.ts';
import { boolean, keys, listOf, number, oneOf, type Shape, text } from './shape.ts';
import { unwritable } from './whole-folder.ts';

/** What is read of a calibration that was kept. */
type KeptCalibration = Pick<Calibration, 'schemaVersion' | 'scenario' | 'measuredAt' | 'metric' | 'spreads'>;

const latencies = oneOf('p50', 'p90', 'p95', 'p99');

const spread = keys<Pick<Spread, 'endpoint' | 'name' | 'valueMs' | 'sd' | 'gates'>>({
  endpoint: text,
  name: latencies,
  valueMs: number,
  sd: number,
  gates: boolean,
});

const keptShape: Shape = keys<KeptCalibration>({
  schemaVersion: number,
  scenario: keys<Calibration['scenario']>({ name: text, digest: text }),
  measuredAt: text,
  metric: latencies,
  spreads: listOf(spread),
});

/** Writes a calibration below `root` (`.chokepoint/calibration`), whole or not at all, in place of the last one of this machine. */
export async function saveCalibration(calibration: Calibration, root: string): Promise<string> {
  const name = fileName(calibration.scenario.name, calibration.environment);
  const file = join(root, name);
  const partial = join(root, `.partial-${process.pid}-${name}`);
  const created = await mkdir(root, { recursive: true }).catch((cause: unknown) => {
    throw unwritable(root, cause);
  });
  try {
    // A folder that we made in somebody's project shall not be committed by accident.
    if (created !== undefined) await writeFile(join(created, '.gitignore'), '*\n');
    await writeFile(partial, `${JSON.stringify(calibration, null, 2)}\n`);
    await rename(partial, file);
    return file;
  } catch (cause) {
    throw unwritable(file, cause);
  } finally {
    await rm(partial, { force: true });
  }
}

export type FoundCalibration =
  | { readonly status: 'found'; readonly calibration: KeptCalibration }
  | { readonly status: 'none' }
  | { readonly status: 'damaged'; readonly file: string };

/** The calibration of this scenario that was kept on a machine like this one. */
export async function findCalibration(
  scenario: string,
  environment: Environment,
  root: string,
): Promise<FoundCalibration> {
  const file = join(root, fileName(scenario, environment));
  const content = await readFile(file, 'utf8').catch(() => undefined);
  if (content === undefined) return { status: 'none' };
  try {
    const value: unknown = JSON.parse(content);
    keptShape(value, '');
    return { status: 'found', calibration: value as KeptCalibration };
  } catch {
    // Whatever is wrong with it: it is made anew in the same way.
    return { status: 'damaged', file };
  }
}

/** `<scenario>-<machine>.json`; a machine is known by what decides how fast it is and changes only with it. */
function fileName(scenario: string, { platform, cpuModel, cpus }: Environment): string {
  const machine = createHash('sha256')
    .update(JSON.stringify([platform, cpuModel, cpus]))
    .digest('hex')
    .slice(0, 12);
  return `${nameInFiles(scenario)}-${machine}.json`;
}
