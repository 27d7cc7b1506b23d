import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Calibration } from '../model/calibration.ts';
import type { Scenario } from '../model/scenario.ts';
import { attached, createScenarioFolder, failureOf, oneFlow, type ScenarioFolder } from '../testing/scenario-folder.ts';
import { saveCalibration } from './calibration-file.ts';
import { checkCalibration } from './check-calibration.ts';
import { describeEnvironment } from './environment.ts';

let folder: ScenarioFolder;
beforeAll(async () => {
  folder = await createScenarioFolder();
});
afterAll(() => folder.remove());

const variants = 'variants: { a: , b: }\n';
const loaded = (gate = '{}', more = variants) =>
  folder.load(`name: two words\nload: { rounds: 8 }\n${attached}${oneFlow}${more}gate: ${gate}\n`);

/** Eight rounds of it resolve 9.3 %: (1.8946 + 0.8960) · 0.09 ÷ √8 in ln. */
const calibrationOf = ({ name, digest }: Scenario): Calibration => ({
  schemaVersion: 1,
  tool: { name: 'chokepoint', version: '0.1.0' },
  scenario: { name, digest },
  variant: 'a',
  measuredAt: '2026-03-14T09:26:11.000Z',
  environment: describeEnvironment(),
  design: 'sliced',
  rounds: 8,
  metric: 'p95',
  margin: 0.1,
  floorMs: 1,
  spreads: [
    { endpoint: 'GET /', name: 'p50', valueMs: 60, sd: 0.01, resolutions: [], gates: false },
    { endpoint: 'GET /', name: 'p95', valueMs: 100, sd: 0.09, resolutions: [], gates: true },
  ],
  omitted: [],
  margins: [],
  falseAlarms: [],
  validity: { trusted: true, warnings: [] },
});

describe('a calibration that was kept', () => {
  test('is told with what the rounds resolve, and warns where that is coarser than the margin', async () => {
    const scenario = await loaded();
    const root = join(folder.folder, 'told', 'calibration');
    const file = await saveCalibration(calibrationOf(scenario), root);
    expect(file).toMatch(/calibration\/two-words-[0-9a-f]{12}\.json$/);
    expect(await readdir(root)).toHaveLength(1);
    expect(await readFile(join(folder.folder, 'told', '.gitignore'), 'utf8')).toBe('*\n');
    expect(await checkCalibration(scenario, root)).toEqual([
      {
        name: 'calibration',
        status: 'ok',
        message: 'calibrated on 2026-03-14: 8 rounds resolve changes of p95 from 9.3 % on, and the margin is 10 %',
      },
    ]);
    expect(await checkCalibration(await loaded('{ margin: 5% }'), root)).toEqual([
      expect.objectContaining({ status: 'warning', hint: expect.stringContaining('gate.margin') }),
    ]);
  });

  test('is read by the latency that decides now, and replaced by the next one', async () => {
    const scenario = await loaded('{ metric: p50, margin: 2% }');
    const root = join(folder.folder, 'replaced');
    await saveCalibration({ ...calibrationOf(scenario), spreads: [] }, root);
    await saveCalibration(calibrationOf(scenario), root);
    expect(await checkCalibration(scenario, root)).toMatchObject([
      { status: 'ok', message: expect.stringContaining('8 rounds resolve every change of p50 above the floor') },
    ]);
  });

  test('warns where the scenario was changed since, and where it cannot be read', async () => {
    const scenario = await loaded();
    const root = join(folder.folder, 'changed');
    const file = await saveCalibration(
      { ...calibrationOf(scenario), scenario: { name: scenario.name, digest: 'x' } },
      root,
    );
    expect(await checkCalibration(scenario, root)).toMatchObject([
      { status: 'warning', message: expect.stringContaining('the scenario was changed since') },
    ]);
    for (const content of ['{', '{}', '{"schemaVersion":1,"spreads":[{}]}']) {
      await writeFile(file, content);
      expect(await checkCalibration(scenario, root)).toMatchObject([
        { status: 'warning', message: expect.stringContaining('cannot be read') },
      ]);
    }
  });

  test('is nothing to tell of where there is none, or nothing to compare', async () => {
    const root = join(folder.folder, 'alone');
    expect(await checkCalibration(await loaded(), root)).toEqual([]);
    const alone = await loaded('{}', '');
    await saveCalibration(calibrationOf(alone), root);
    expect(await checkCalibration(alone, root)).toEqual([]);
  });

  test('cannot be kept where a file is in the way', async () => {
    const taken = join(folder.folder, 'taken');
    await writeFile(taken, '');
    expect(await failureOf(saveCalibration(calibrationOf(await loaded()), taken))).toMatchObject({
      code: 'output-unwritable',
    });
  });
});
