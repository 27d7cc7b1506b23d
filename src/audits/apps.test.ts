import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { measureCapacity } from '../run/capacity.ts';
import { diagnose } from '../run/diagnose.ts';
import { loadScenario } from '../scenario/load-scenario.ts';
import { failing, notPassing } from '../testing/outcomes.ts';
import { catalogue } from './catalogue.ts';

const apps = fileURLToPath(new URL('../../fixtures/apps/', import.meta.url));
const ids = readdirSync(apps).filter((id) => existsSync(`${apps}${id}/scenario.yaml`));

/** What the demonstration can show at best: the others name what wastes the time, but try no cure. */
const grades: Readonly<Record<string, string>> = {
  'cpu-hotspot': 'likely',
  'inefficient-plan': 'likely',
  'sequential-queries': 'likely',
  'over-fetching': 'likely',
  'cacheable-query': 'likely',
  'unused-index': 'likely',
};

test('every audit has an app that shows its fault and its fix', () => {
  expect(ids.toSorted()).toEqual(catalogue.map(({ id }) => id).toSorted());
});

const ofCapacity = ids.filter((id) =>
  catalogue.some((audit) => audit.id === id && audit.requires.includes('capacity')),
);

describe.each(ids.filter((id) => !ofCapacity.includes(id)))('the app of %s', (id) => {
  test('has the fault, and only that, until it is fixed', async () => {
    const { run } = await diagnose({
      scenario: await loadScenario(`${apps}${id}/scenario.yaml`, {}),
      command: 'chokepoint run',
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    expect(run.variants.slow?.outcomes[id]).toMatchObject({
      status: 'fail',
      findings: [{ audit: id, grade: grades[id] ?? 'proven' }],
    });
    expect(failing(run.variants.slow?.outcomes)).toEqual([id]);
    expect(notPassing(run.variants.fixed?.outcomes)).toEqual({});
    expect(run.comparison?.findings.fixed.map(({ audit }) => audit)).toEqual([id]);
    expect(run.comparison?.findings.introduced).toEqual([]);
  });
});

describe.each(ofCapacity)('the app of %s', (id) => {
  const searchOnce = async (variant: string) => {
    const { outcomes } = await measureCapacity({
      scenario: await loadScenario(`${apps}${id}/scenario.yaml`, {}),
      variant,
      plan: { stepMs: 1000, maxConnections: 32 },
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    return outcomes;
  };

  // Other tests share this machine: a search that they disturb finds no knee, says so, and is made again.
  const outcomesOf = async (variant: string) => {
    let outcomes = await searchOnce(variant);
    const isDisturbed = () => Object.values(outcomes).some(({ status }) => status === 'inconclusive');
    for (let again = 0; again < 2 && isDisturbed(); again++) outcomes = await searchOnce(variant);
    return outcomes;
  };

  test('has the fault, and only that', { timeout: 180_000 }, async () => {
    const outcomes = await outcomesOf('slow');
    expect(outcomes[id]).toMatchObject({ status: 'fail', findings: [{ audit: id, grade: 'proven' }] });
    expect(failing(outcomes)).toEqual([id]);
  });

  test('does not have it once it is fixed', { timeout: 180_000 }, async () => {
    expect(notPassing(await outcomesOf('fixed'))).toEqual({});
  });
});
