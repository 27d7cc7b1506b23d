import type { ComparedMetric, Metric, MetricName } from '../model/comparison.ts';
import type { Run } from '../model/run.ts';
import { formatCount, plural } from './format.ts';

/** One endpoint of a comparison, by the metric that decides about it. */
export type EndpointRow =
  | {
      readonly status: 'compared';
      readonly endpoint: string;
      readonly metric: ComparedMetric;
      /** Why another metric decides than the gate's. */
      readonly note?: string;
      /** Other metrics of the endpoint that got worse, or gate and did not stay as they were. */
      readonly notable: readonly ComparedMetric[];
    }
  | {
      readonly status: 'unavailable';
      readonly endpoint: string;
      readonly name: MetricName;
      readonly note: string;
      readonly notable: readonly ComparedMetric[];
    };

/** Every endpoint of the scenario in its order, compared by the latency that decides, or the reason why it could not be. */
export function endpointRows(run: Run): readonly EndpointRow[] {
  const { comparison } = run;
  if (!comparison) return [];
  const wanted = run.scenario.gate.metric;
  return run.scenario.endpoints.map((endpoint) => {
    const ofEndpoint = comparison.metrics.filter((metric) => metric.endpoint === endpoint);
    const metric =
      ofEndpoint.find(({ gates, name }) => gates && name !== 'errors') ??
      ofEndpoint.find(({ name }) => name === wanted);
    const notable = ofEndpoint.filter(
      (other) => other !== metric && (other.verdict === 'REGRESSED' || (other.gates && other.verdict !== 'OK')),
    );
    const note = comparison.omitted.find((entry) => entry.endpoint === endpoint && entry.name === wanted)?.reason;
    if (!metric)
      return { status: 'unavailable', endpoint, name: wanted, note: note ?? `${wanted} was not measured`, notable };
    return {
      status: 'compared',
      endpoint,
      metric,
      notable,
      ...(metric.name !== wanted && note !== undefined && { note }),
    };
  });
}

/** `needs 5,000 requests a round, had 240` of a metric without a value; nothing where the number is not known. */
export function needed({ requestsNeeded, requestsSeen }: Metric): string | undefined {
  if (requestsNeeded === undefined) return undefined;
  const had = requestsSeen === undefined ? '' : `, had ${formatCount(requestsSeen)}`;
  return `needs ${plural(requestsNeeded, 'request')} a round${had}`;
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
