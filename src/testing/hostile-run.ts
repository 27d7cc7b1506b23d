import type { LoadedRun } from '../model/run.ts';

/** Keys whose values the tool itself chooses from a short list. */
const structural = new Set([
  'status',
  'kind',
  'unit',
  'better',
  'verdict',
  'grade',
  'severity',
  'technique',
  'level',
  'design',
  'runtime',
  'binding',
  'where',
  'source',
  'language',
  'missing',
  'metric',
]);

const metricNames = new Set(['p50', 'p90', 'p95', 'p99', 'throughput', 'errors', 'bytes', 'cpu', 'memory', '(all)']);

/**
 * The run with `text` added to every string in it that comes from outside: names, statements, urls, reasons, keys.
 *
 * Equal strings stay equal, so that the report still finds what belongs together.
 */
export function withTextEverywhere(loaded: LoadedRun, text: string): LoadedRun {
  const change = (value: string) => (metricNames.has(value) ? value : value + text);
  const walk = (value: unknown, key: string, parent: string): unknown => {
    if (typeof value === 'string') return structural.has(key) ? value : change(value);
    if (Array.isArray(value)) return value.map((entry) => walk(entry, key, parent));
    if (typeof value !== 'object' || value === null) return value;
    const named = ['variants', 'gathered', 'outcomes', 'endpoints'].includes(key) && key !== parent;
    return Object.fromEntries(
      Object.entries(value).map(([name, entry]) => [named ? change(name) : name, walk(entry, name, key)]),
    );
  };
  return walk(loaded, '', '') as LoadedRun;
}
