import type { Run } from '../../model/run.ts';

/** The keys of a run in the order in which a person reads them; what else a run holds follows. */
const order = [
  'schemaVersion',
  'id',
  'startedAt',
  'durationMs',
  'tool',
  'scenario',
  'environment',
  'validity',
  'comparison',
  'variants',
  'audits',
] as const satisfies readonly (keyof Run)[];

/** The run as JSON, indented by two spaces, ending in a newline; equal runs give equal text. */
export function renderJson(run: Run): string {
  const head = Object.fromEntries(order.flatMap((key) => (run[key] === undefined ? [] : [[key, run[key]]])));
  return `${JSON.stringify({ ...head, ...run }, inNamedOrder, 2)}\n`;
}

/** Names that a run chooses itself, such as those of audits, could come in any order. */
function inNamedOrder(key: string, value: unknown): unknown {
  if (key !== 'outcomes' && key !== 'artifacts') return value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
