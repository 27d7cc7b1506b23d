import { describe, expect, it } from 'vitest';
import type { Comparison } from '../model/comparison.ts';
import type { LoadedRun, Run } from '../model/run.ts';
import { sampleDiagnosis, sampleRun } from '../testing/sample-run.ts';
import { plainSummary } from './plain-summary.ts';

function withRun(change: Partial<Run>, comparison: Partial<Comparison> = {}): LoadedRun {
  const { run, gathered } = sampleRun();
  if (!run.comparison) throw new Error('the sample has a comparison');
  return { run: { ...run, comparison: { ...run.comparison, ...comparison }, ...change }, gathered };
}

describe('a run in plain words', () => {
  it('says what was compared, what came out, what was found and what to do', () => {
    expect(plainSummary(sampleRun())).toEqual({
      compared:
        'Two versions of orders, “before” and “after”, were asked the same 4 kinds of request (10 connections), in turns on the same machine.',
      outcome:
        'With “after” the service is faster: of GET /orders, 95 of 100 answers took at most 84.8 ms with “before” and 11.6 ms with “after”.',
      found: '3 causes of needless work were found: 1 gone, 2 still there.',
      next: 'Next: “after” can be kept; then mend “An index is missing” of GET /users/:userId/sessions/active, which would save 70.5 ms of each request.',
    });
  });

  it('names the endpoint where there is one only', () => {
    const { run } = sampleRun();
    const scenario = { ...run.scenario, endpoints: ['GET /orders'] };
    expect(plainSummary(withRun({ scenario })).compared).toContain('were asked for GET /orders (10 connections)');
  });

  it('says of a diagnosis what was slowest, and what to mend first', () => {
    const { outcome, next } = plainSummary(sampleDiagnosis());
    expect(outcome).toMatch(/^The slowest was GET \/\S+: 95 of 100 answers took at most [\d.]+ ms\.$/);
    expect(next).toContain('mend “An index is missing”');
  });

  it('advises against keeping a regression, with its most likely cause', () => {
    const cause = { endpoint: 'GET /orders', kind: 'statements', summary: 'statements per request 2 → 101' } as const;
    const { outcome, next } = plainSummary(withRun({}, { verdict: 'REGRESSED', causes: [cause] }));
    expect(outcome).toBe('With “after” the service is slower.');
    expect(next).toBe('Next: do not keep “after” as it is; the most likely cause is: statements per request 2 → 101.');
  });

  it('says how many rounds would tell, where that is known', () => {
    const unsure = { verdict: 'INCONCLUSIVE' } as const;
    expect(plainSummary(withRun({}, { ...unsure, roundsNeeded: 14 })).next).toContain('with 14 rounds');
    expect(plainSummary(withRun({}, unsure)).next).toContain('on a quieter machine');
  });

  it('builds nothing on a measurement that is not trusted', () => {
    const { outcome, next } = plainSummary(
      withRun({ validity: { trusted: false, warnings: [] } }, { verdict: 'INCONCLUSIVE' }),
    );
    expect(outcome).toContain('something disturbed the measurement');
    expect(next).toContain('measure again');
  });

  it('has nothing to do where nothing was found and nothing changed', () => {
    const nothing = { fixed: [], remaining: [], introduced: [] };
    const { outcome, found, next } = plainSummary(withRun({}, { verdict: 'OK', findings: nothing }));
    expect([outcome, found, next]).toEqual([
      'The service is as fast with “after” as it was: no change is larger than what was agreed not to matter (±10 % or 1 ms).',
      'Nothing was found in the code or the database that slows it down needlessly.',
      'Next: nothing has to be done; “after” can be kept.',
    ]);
  });
});
