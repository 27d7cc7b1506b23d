import type { ComparedMetric, Metric, MetricName } from '../model/comparison.ts';
import type { Run } from '../model/run.ts';
import { formatCount } from './format.ts';

/** One endpoint of a comparison, by the metric that gates. */
export type EndpointRow =
  | {
      readonly status: 'compared';
      readonly endpoint: string;
      readonly metric: ComparedMetric;
      /** Other metrics of the endpoint that got worse, or gate and did not stay as they were. */
      readonly notable: readonly ComparedMetric[];
    }
  | {
      readonly status: 'unavailable';
      readonly endpoint: string;
      readonly name: MetricName;
      readonly reason: string;
      readonly notable: readonly ComparedMetric[];
    };

/** Every endpoint of the scenario in its order, compared by the gate's metric, or the reason why it could not be. */
export function endpointRows(run: Run): readonly EndpointRow[] {
  const { comparison } = run;
  if (!comparison) return [];
  const name = run.scenario.gate.metric;
  return run.scenario.endpoints.map((endpoint) => {
    const ofEndpoint = comparison.metrics.filter((metric) => metric.endpoint === endpoint);
    const metric = ofEndpoint.find((candidate) => candidate.name === name);
    const notable = ofEndpoint.filter(
      (candidate) =>
        candidate !== metric && (candidate.verdict === 'REGRESSED' || (candidate.gates && candidate.verdict !== 'OK')),
    );
    if (metric) return { status: 'compared', endpoint, metric, notable };
    const omitted = comparison.omitted.find((entry) => entry.endpoint === endpoint && entry.name === name);
    return {
      status: 'unavailable',
      endpoint,
      name,
      notable,
      reason: missingReason(run, endpoint, name, omitted?.reason),
    };
  });
}

function missingReason(run: Run, endpoint: string, name: MetricName, omitted: string | undefined): string {
  for (const { metrics } of Object.values(run.variants)) {
    const metric = metrics.find((candidate) => candidate.endpoint === endpoint && candidate.name === name);
    if (metric?.value === null) return needed(metric) ?? omitted ?? 'not measured';
  }
  return omitted ?? 'not measured';
}

/** `needs 1,000 requests a round` of a metric without a value; nothing where the number is not known. */
export function needed(metric: Metric): string | undefined {
  return metric.requestsNeeded === undefined
    ? undefined
    : `needs ${formatCount(metric.requestsNeeded)} requests a round`;
}

/** The metric of a variant, where it was measured. */
export function metricOf(
  run: Run,
  variant: string | undefined,
  endpoint: string,
  name: MetricName,
): Metric | undefined {
  if (variant === undefined) return undefined;
  return run.variants[variant]?.metrics.find((metric) => metric.endpoint === endpoint && metric.name === name);
}
