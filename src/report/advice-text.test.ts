import { describe, expect, it } from 'vitest';
import type { Comparison } from '../model/comparison.ts';
import type { Run } from '../model/run.ts';
import { sampleRun } from '../testing/sample-run.ts';
import { adviceSentence } from './advice-text.ts';

/** The sample, of which no figure can be told; its metrics that decide changed by `change`. */
function unsure(change: number, more: Partial<Comparison> = {}, validity?: Run['validity']): Run {
  const { run } = sampleRun();
  if (!run.comparison) throw new Error('the sample has two variants');
  const metrics = run.comparison.metrics.map((metric) =>
    metric.gates ? { ...metric, before: 1000, change, verdict: 'INCONCLUSIVE' as const } : metric,
  );
  const comparison = { ...run.comparison, metrics, verdict: 'INCONCLUSIVE' as const, ...more };
  return { ...run, comparison, ...(validity && { validity }) };
}

describe('the advice after a comparison that cannot tell', () => {
  it('is the rounds that would tell, and the option that gives them', () => {
    expect(adviceSentence(unsure(0.01, { roundsNeeded: 14 }))).toBe('about 14 rounds would tell: --rounds 14');
  });

  it('is another margin where the change is at it, and a quieter service where the rounds scatter', () => {
    expect(adviceSentence(unsure(0.09))).toMatch(
      /^no number of rounds will tell: the change of p95 of GET \/orders is at the margin/,
    );
    expect(adviceSentence(unsure(0.01))).toMatch(/scatter too much: make the service and the machine quieter/);
  });

  it('is left out where something else is wrong, and where the comparison could tell', () => {
    const untrusted = { trusted: false, warnings: [] };
    expect(adviceSentence(unsure(0.01, {}, untrusted))).toBeUndefined();
    expect(adviceSentence(unsure(0.01, {}, { ...untrusted, overridden: true }))).toBeDefined();
    expect(adviceSentence(unsure(0.01, { design: 'separate' }))).toBeUndefined();
    expect(adviceSentence(unsure(0.01, { metrics: [] }))).toBeUndefined();
    expect(adviceSentence(sampleRun().run)).toBeUndefined();
  });
});
