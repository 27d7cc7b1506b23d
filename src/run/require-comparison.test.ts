import { afterAll, beforeAll, expect, test } from 'vitest';
import { attached, createScenarioFolder, failureOf, oneFlow, type ScenarioFolder } from '../testing/scenario-folder.ts';
import { requireComparison } from './require-comparison.ts';

let folder: ScenarioFolder;
beforeAll(async () => {
  folder = await createScenarioFolder();
});
afterAll(() => folder.remove());

const gate = 'gate: { require: [p95 < 1s, p95 <= -20%] }\n';

test('a rule about a change is refused at its place where there is one variant', async () => {
  const scenario = await folder.load(attached + oneFlow + gate);
  const refused = await failureOf(Promise.resolve().then(() => requireComparison(scenario)));
  expect(refused).toMatchObject({ code: 'scenario-invalid-value', at: { line: 3, column: 29 } });
  expect(refused.message).toBe('gate.require.1: "p95 <= -20%" is about a change, and there is one variant');
});

test('it is taken where there are two, and a rule about a value with either', async () => {
  const two = await folder.load(`${attached}${oneFlow}${gate}variants: { a: , b: }\n`);
  const one = await folder.load(`${attached}${oneFlow}gate: { require: [p95 < 1s] }\n`);
  expect(() => requireComparison(two)).not.toThrow();
  expect(() => requireComparison(one)).not.toThrow();
});
