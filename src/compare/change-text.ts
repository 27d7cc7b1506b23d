import { allEndpoints, type ComparedMetric, type MetricName } from '../model/comparison.ts';
import { figureText, percentText } from './figures.ts';

/** `p95 of GET /orders went from 20.1 ms to 25 ms (+24 %, 90 % interval +12 % to +37 %)`; error rates in points. */
export function changeText(metric: ComparedMetric): string {
  const signed = (change: number) => signedText(metric.name, change);
  const [low, high] = metric.interval;
  const values = `from ${figureText(metric.before, metric.unit)} to ${figureText(metric.after, metric.unit)}`;
  return `${metricText(metric)} went ${values} (${signed(metric.change)}, 90 % interval ${signed(low)} to ${signed(high)})`;
}

/** `p95 of GET /orders`, `the error rate of GET /orders`, `throughput of the whole load`. */
export function metricText({ name, endpoint }: { readonly name: string; readonly endpoint: string }): string {
  const where = endpoint === allEndpoints ? 'the whole load' : endpoint;
  return `${name === 'errors' ? 'the error rate' : name} of ${where}`;
}

/** `, and 2 more` where three were meant and one was told. */
export function andMore(count: number): string {
  return count > 1 ? `, and ${count - 1} more` : '';
}

function signedText(name: MetricName, change: number): string {
  const text = name === 'errors' ? percentText(change).replace(' %', ' points') : percentText(change);
  return change > 0 ? `+${text}` : text.replace('-', '\u2212');
}
