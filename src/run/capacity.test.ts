import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CapacityResult } from '../model/capacity.ts';
import { failing } from '../testing/outcomes.ts';
import { createScenarioFolder, failureOf, type ScenarioFolder } from '../testing/scenario-folder.ts';
import { measureCapacity } from './capacity.ts';

const server = resolve('fixtures/services/capacity.js');

let folder: ScenarioFolder;
beforeAll(async () => {
  folder = await createScenarioFolder();
});
afterAll(() => folder.remove());

async function capacityOf(mode: string, variant?: string): Promise<CapacityResult> {
  const scenario = await folder.load(
    `target: { command: "node ${server}", url: "http://127.0.0.1:\${PORT}", ready: /healthz, env: { MODE: ${mode} } }
load: { warmup: 100ms }
flows: [{ steps: [{ get: / }] }]
variants: { first: { env: { MODE: none } }, last: { env: { MODE: ${mode} } } }
`,
  );
  return measureCapacity({
    scenario,
    plan: { stepMs: 1000, maxConnections: 16 },
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...(variant !== undefined && { variant }),
  });
}

const auditsOf = ({ outcomes }: CapacityResult) => failing(outcomes);

// How fast they are depends on the machine: what limits them, and how they fail, does not. The figures of a search that
// other tests disturb may show something else, so that it is made again.
describe('the capacity of', { retry: 2 }, () => {
  test('a service that computes on one thread is one connection, and its CPU the limit', async () => {
    const result = await capacityOf('busy');
    expect(result.steps.map(({ connections }) => connections)).toEqual(expect.arrayContaining([1, 2, 4, 8, 16]));
    expect(result.variant).toBe('last');
    expect(result.steps[0]?.goodputPerS).toBeLessThan(200);
    expect(['service-cpu', 'machine-cpu', 'not-established']).toContain(result.limit.kind);
    expect(result.limit.evidence.join(' ')).toMatch(/The service uses [\d.]+ (of a core|cores)/);
    expect(['queues', 'collapses', 'absorbs']).toContain(result.failureMode.kind);
  });

  test('a service of four slots is about four connections, and the slots the limit', async () => {
    const result = await capacityOf('pool');
    expect(result.knee?.connections).toBeGreaterThanOrEqual(3);
    expect(result.knee?.connections).toBeLessThanOrEqual(8);
    expect(result.limit.kind).toBe('pool');
    expect(result.limit.summary).toMatch(/about [345] requests at a time/);
    // A machine that was held up during the search and not during the overload makes the latter an easy load.
    expect(['queues', 'absorbs']).toContain(result.failureMode.kind);
    expect(auditsOf(result)).toEqual(result.failureMode.kind === 'queues' ? ['no-backpressure'] : []);
    expect(result.scalability.status).not.toBe('missing');
  });

  test('a service that refuses what is more is its own limit, and it sheds', async () => {
    const result = await capacityOf('shed-later');
    expect(result.end).toBe('errors');
    expect(result.knee?.connections).toBeLessThanOrEqual(4);
    expect(result.limit.kind).toBe('own-limit');
    expect(result.failureMode.kind).toBe('sheds');
    expect(result.overload?.refusals.refused).toBeGreaterThan(0);
    expect(auditsOf(result)).toEqual([]);
  });

  test('one that does not say when to come back is told so', async () => {
    expect(auditsOf(await capacityOf('shed'))).toEqual(['missing-retry-after']);
  });

  test('a service that ends under it is told as a crash, and is no failure of the command', async () => {
    const result = await capacityOf('dies');
    expect(result.failureMode).toMatchObject({ kind: 'crashes', summary: expect.stringContaining('exit code 3') });
    expect(auditsOf(result)).toEqual(['no-backpressure']);
  });
});

test('a variant that does not exist is refused before anything is started', async () => {
  const { code, hint } = await failureOf(capacityOf('pool', 'lats'));
  expect({ code, hint }).toEqual({ code: 'usage', hint: 'did you mean "last"?' });
});
