import { allEndpoints, type ComparedMetric, type Comparison, type MetricName } from '../model/comparison.ts';

const labels: Partial<Record<MetricName, string>> = {
  cpu: 'CPU in each request',
  memory: 'memory at the end of a round',
};

/** What was compared of the whole load and decides nothing: throughput, and the CPU time and memory of the service. */
export function wholeLoadRows({
  metrics,
}: Pick<Comparison, 'metrics'>): readonly { readonly label: string; readonly metric: ComparedMetric }[] {
  return metrics
    .filter(({ endpoint }) => endpoint === allEndpoints)
    .map((metric) => ({ label: labels[metric.name] ?? metric.name, metric }));
}
