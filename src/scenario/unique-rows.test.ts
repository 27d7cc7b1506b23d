import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attached, createScenarioFolder, failureOf, type ScenarioFolder } from '../testing/scenario-folder.ts';

let shop: ScenarioFolder;
beforeAll(async () => {
  shop = await createScenarioFolder();
});
afterAll(() => shop.remove());

const phases = 'warmup: 1s, phases: [{ duration: 2s, rate: 10/s, rampTo: 50/s }, { duration: 1s, rate: 30/s }]';

/** Of 100 arrivals (10 of them to warm up), three quarters use the code. */
const scenario = (rows: number, load = phases, order = 'unique') =>
  `${attached}load: { ${load} }
data:
  - { as: other, range: [1, 1], order: unique }
  - { as: code, range: [1, ${rows}], order: ${order} }
flows:
  - { weight: 3, steps: [{ get: / }, { get: "/{{ code }}" }] }
  - { name: plain, steps: [{ get: / }] }
`;

describe('unique data', () => {
  it('must have as many rows as one round of known phases needs, and none where no flow uses it', async () => {
    await shop.load(scenario(75));
    const failure = await failureOf(shop.load(scenario(74)));
    expect(failure).toMatchObject({ code: 'data-too-short', at: { line: 5, column: 5 }, exitCode: 2 });
    expect(failure.message).toBe('the data "code" has 74 rows, and one round needs about 75, each of them once');
  });

  it('is left to the run where nobody knows beforehand, and may be short where rows are used again', async () => {
    await shop.load(scenario(1, 'rate: 100/s'));
    await shop.load(scenario(1, 'connections: 5'));
    await shop.load(scenario(1, phases, 'random'));
    await shop.load(scenario(1, phases, 'sequence'));
  });
});
