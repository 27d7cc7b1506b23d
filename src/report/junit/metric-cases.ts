import type { ComparedMetric } from '../../model/comparison.ts';
import type { Run } from '../../model/run.ts';
import { endpointRows } from '../endpoint-rows.ts';
import { formatComparedInterval, formatMetric } from '../format.ts';
import { marginText } from '../verdict-text.ts';
import type { TestCase } from './test-case.ts';

/** A case for each metric that decides about an endpoint, and for each endpoint that could not be judged. */
export function metricCases(run: Run): readonly TestCase[] {
  const { comparison, scenario } = run;
  if (!comparison) return [];
  // What the gate does not ask to be sure of is no failure of a build.
  const unsure = scenario.gate.certain ? 'failed' : 'skipped';
  const judged = comparison.metrics.filter(({ gates }) => gates);
  const unjudged = endpointRows(run).filter((row) => row.status === 'unavailable');
  return [
    ...judged.map((metric): TestCase => {
      const message = `${metric.verdict}: ${figures(metric)}`;
      return {
        group: 'metrics',
        name: `${metric.endpoint} ${metric.name}`,
        result:
          metric.verdict === 'REGRESSED'
            ? { status: 'failed', message }
            : metric.verdict === 'INCONCLUSIVE'
              ? { status: unsure, message }
              : { status: 'passed' },
        output: `${message}; the margin is ${marginText(comparison)}`,
      };
    }),
    ...unjudged.map(
      ({ endpoint, name, note }): TestCase => ({
        group: 'metrics',
        name: `${endpoint} ${name}`,
        result: { status: unsure, message: `not judged: ${note}` },
      }),
    ),
  ];
}

function figures(metric: ComparedMetric): string {
  const { before, after, unit, name, endpoint } = metric;
  return `${name} of ${endpoint} ${formatMetric(before, unit)} → ${formatMetric(after, unit)}, ${formatComparedInterval(metric)}, 90 % interval`;
}
