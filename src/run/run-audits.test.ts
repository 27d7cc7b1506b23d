import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gathered } from '../model/artifacts.ts';
import type { AuditSelection } from '../model/scenario.ts';
import { overload } from '../testing/sample-capacity.ts';
import { sampleProfile } from '../testing/sample-profile.ts';
import { createScenarioFolder, failureOf, type ScenarioFolder } from '../testing/scenario-folder.ts';
import { capacityAuditTexts, checkAuditSelection, runAudits, runAuditTexts, runCapacityAudits } from './run-audits.ts';

const missing = { status: 'missing', reason: 'it was not asked for' } as const;
const nothing: Gathered = {
  load: missing,
  profile: missing,
  queries: missing,
  plans: missing,
  runtime: missing,
  http: missing,
};
const everything: AuditSelection = { ignore: [], options: {} };
const queueing = {
  overload: overload(),
  failureMode: { kind: 'queues', summary: 'It waits.', evidence: [] },
} as const;

describe('the audits', () => {
  test('are those of a run or those of a search for the capacity, and none is in both', () => {
    const ofRun = Object.keys(runAudits(nothing, everything, '2026-01-01'));
    const ofCapacity = Object.keys(runCapacityAudits(queueing, everything, '2026-01-01'));
    expect(ofRun).toEqual(runAuditTexts.map(({ id }) => id));
    expect(ofCapacity).toEqual(capacityAuditTexts.map(({ id }) => id));
    expect(ofCapacity).toContain('no-backpressure');
    expect(ofRun.filter((id) => ofCapacity.includes(id))).toEqual([]);
  });

  test('tell what comes near a threshold, unless it is accepted', () => {
    const gathered: Gathered = { ...nothing, profile: { status: 'gathered', value: sampleProfile(0) } };
    const outcomeWith = (selection: Partial<AuditSelection>) =>
      runAudits(gathered, { ...everything, ...selection }, '2026-01-01')['cpu-hotspot'];
    const found = outcomeWith({});
    const [finding] = found?.status === 'fail' ? found.findings : [];
    if (!finding) throw new Error('the sample profile has a hotspot');
    const options = { 'cpu-hotspot': { minOwnUs: (finding.savingMs ?? 0) * 1000 + 1 } };
    expect(outcomeWith({ options })).toMatchObject({ status: 'pass', near: [{ key: finding.key }] });
    const ignore = [{ audit: 'cpu-hotspot', reason: 'known' }];
    expect(outcomeWith({ options, ignore })).toEqual({ status: 'pass' });
  });

  test('are skipped with the reason where what they judge was not gathered', () => {
    expect(runAudits(nothing, everything, '2026-01-01')['cpu-hotspot']).toEqual({
      status: 'skipped',
      missing: 'profile',
      reason: 'it was not asked for',
    });
  });

  test('pass over what is ignored, until the last day of it', () => {
    const ignore = [{ audit: 'no-backpressure', reason: 'the proxy sheds', until: '2026-01-31' }];
    const on = (today: string) =>
      runCapacityAudits(queueing, { ignore, options: {} }, today)['no-backpressure']?.status;
    expect([on('2026-01-31'), on('2026-02-01')]).toEqual(['pass', 'fail']);
  });
});

describe('a scenario', () => {
  let folder: ScenarioFolder;
  beforeAll(async () => {
    folder = await createScenarioFolder();
  });
  afterAll(() => folder.remove());

  const load = (findings: string) =>
    folder.load(`target: { url: "http://127.0.0.1:9" }
flows: [{ steps: [{ get: / }] }]
gate: { findings: [${findings}] }
`);

  test('whose gate names an audit that no run judges is refused, with its place', async () => {
    const scenario = await load('n-plus-one, no-backpressure');
    const refused = await failureOf(Promise.resolve().then(() => checkAuditSelection(scenario)));
    expect(refused).toMatchObject({ code: 'audit-of-capacity', at: { line: 3 } });
  });

  test('whose rule for findings names an audit that does not exist is refused at that name', async () => {
    const scenario = await load('{ severity: high }, { scope: all, audit: n-plus-on }');
    const refused = await failureOf(Promise.resolve().then(() => checkAuditSelection(scenario)));
    expect(refused).toMatchObject({ code: 'unknown-audit', at: { line: 3, column: 54 } });
    expect(refused.hint).toContain('did you mean "n-plus-one"?');
  });

  test('whose gate names one of a run is taken', async () => {
    const scenario = await load('n-plus-one');
    expect(() => checkAuditSelection(scenario)).not.toThrow();
  });
});
