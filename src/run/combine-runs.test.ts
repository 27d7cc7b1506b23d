import { expect, it } from 'vitest';
import { renderHtml } from '../report/html/render-html.ts';
import { sampleDiagnosis, sampleRun } from '../testing/sample-run.ts';
import { combineRuns } from './combine-runs.ts';

it('combines the last variants of two runs, with what was gathered about them', () => {
  const [before, after] = [sampleRun(), sampleRun()];
  const later = { ...after, run: { ...after.run, id: `${after.run.id}-2` } };
  const { run, gathered } = combineRuns(before, later, { allowOtherMachine: false });
  expect(run.id).toBe(later.run.id);
  expect(Object.keys(run.variants)).toEqual([`${before.run.id} (after)`, `${later.run.id} (after)`]);
  expect(run.comparison).toMatchObject({ before: `${before.run.id} (after)`, after: `${later.run.id} (after)` });
  expect(Object.keys(gathered)).toEqual(Object.keys(run.variants));
});

it('tells a run from itself', () => {
  const { run } = combineRuns(sampleRun(), sampleRun(), { allowOtherMachine: false });
  expect(Object.keys(run.variants)).toHaveLength(2);
  expect(run.comparison?.after).toBe(`${run.comparison?.before} (again)`);
});

it('says why the later run differs, by what was gathered in both', () => {
  const { comparison } = combineRuns(sampleDiagnosis(), sampleRun(), { allowOtherMachine: false }).run;
  expect(comparison?.causes[0]).toMatchObject({ endpoint: 'GET /orders', kind: 'statements' });
  expect(comparison?.counts[0]).toEqual({ name: 'queries', endpoint: 'GET /orders', before: 101, after: 2 });
});

it('is inconclusive where one of the runs is not trusted, unless that is overridden', () => {
  const { run, gathered } = sampleRun();
  const warnings = [{ level: 'untrusted', message: 'after: 3 requests were lost' }] as const;
  const scenario = { ...run.scenario, gate: { ...run.scenario.gate, margin: 5, errors: 1 } };
  const untrusted = { run: { ...run, scenario, validity: { trusted: false, warnings } }, gathered };
  const combined = combineRuns(sampleRun(), untrusted, { allowOtherMachine: false }).run;
  expect(combined.comparison?.verdict).toBe('INCONCLUSIVE');
  expect(combined.validity).not.toHaveProperty('overridden');
  const overridden = combineRuns(sampleRun(), untrusted, { allowOtherMachine: false, trustAnyway: true }).run;
  expect(overridden.validity).toMatchObject({ trusted: false, overridden: true });
  expect(overridden.comparison?.verdict).toBe('OK');
});

it('links no flame graph, since the pages lie in two folders', () => {
  expect(renderHtml(sampleRun(), { showParameters: false })).toContain('href="flame/');
  const combined = combineRuns(sampleRun(), sampleRun(), { allowOtherMachine: false });
  expect(renderHtml(combined, { showParameters: false })).not.toContain('href="flame/');
});
