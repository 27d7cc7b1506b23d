import type { ComparedMetric, Comparison, Verdict } from '../model/comparison.ts';
import type { Validity } from '../model/run.ts';
import { drifting } from './compare-metric.ts';

/** The validity of a run whose user may have said beforehand that its verdict is to stand. */
export function withOverride(validity: Validity, trustAnyway: boolean): Validity {
  return trustAnyway && !validity.trusted ? { ...validity, overridden: true } : validity;
}

/**
 * What a comparison may conclude from measurements of this validity.
 *
 * Where they are not trusted no figure of time can be told, so each of them and the whole are inconclusive; the
 * figures stay. Error rates keep their verdicts, and one that regressed still makes the whole so: a request that
 * failed did fail, however the generator fared, and a service that breaks must not pass for want of a good latency.
 */
export function withinTrust(comparison: Comparison, validity: Validity): Comparison {
  if (validity.trusted || validity.overridden) return comparison;
  const metrics = comparison.metrics.map(
    (metric): ComparedMetric => (drifting.has(metric.unit) ? { ...metric, verdict: 'INCONCLUSIVE' } : metric),
  );
  const verdict: Verdict = metrics.some((metric) => metric.gates && metric.verdict === 'REGRESSED')
    ? 'REGRESSED'
    : 'INCONCLUSIVE';
  // More rounds of the same kind would be no more to be trusted.
  const { roundsNeeded: _rounds, ...rest } = comparison;
  return { ...rest, metrics, verdict };
}
