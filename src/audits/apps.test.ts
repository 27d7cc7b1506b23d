import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../model/audit.ts';
import { diagnose } from '../run/diagnose.ts';
import { loadScenario } from '../scenario/load-scenario.ts';
import { catalogue } from './catalogue.ts';

const apps = fileURLToPath(new URL('../../fixtures/apps/', import.meta.url));
const ids = readdirSync(apps).filter((id) => existsSync(`${apps}${id}/scenario.yaml`));

/** What the demonstration can show at best: the others name what wastes the time, but try no cure. */
const grades: Readonly<Record<string, string>> = { 'cpu-hotspot': 'likely', 'inefficient-plan': 'likely' };

test('every audit has an app that shows its fault and its fix', () => {
  expect(ids.toSorted()).toEqual(catalogue.map(({ id }) => id).toSorted());
});

describe.each(ids)('the app of %s', (id) => {
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

function failing(outcomes: Readonly<Record<string, Outcome>> = {}): readonly string[] {
  return Object.entries(outcomes).flatMap(([audit, { status }]) => (status === 'fail' ? [audit] : []));
}

/** An app without a database skips what looks at statements; everything else must have been judged. */
function notPassing(outcomes: Readonly<Record<string, Outcome>> = {}): Readonly<Record<string, Outcome>> {
  return Object.fromEntries(
    Object.entries(outcomes).filter(
      ([, outcome]) =>
        outcome.status !== 'pass' &&
        !(outcome.status === 'skipped' && outcome.reason === 'the scenario names no database'),
    ),
  );
}
