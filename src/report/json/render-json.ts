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
  'decision',
  'validity',
  'comparison',
  'variants',
  'audits',
] as const satisfies readonly (keyof Run)[];

/** The run as JSON, indented by two spaces, ending in a newline; equal runs give equal text. */
export function renderJson(run: Run): string {
  return `${JSON.stringify(inReadingOrder(run), inNamedOrder, 2)}\n`;
}

/** Several runs as a list of what {@link renderJson} writes of each. */
export function renderJsonList(runs: readonly Run[]): string {
  return `${JSON.stringify(runs.map(inReadingOrder), inNamedOrder, 2)}\n`;
}

/** With the address of the schema that the version has which wrote it. */
function inReadingOrder(run: Run): object {
  const head = Object.fromEntries(order.flatMap((key) => (run[key] === undefined ? [] : [[key, run[key]]])));
  const version = encodeURIComponent(run.tool.version);
  return { $schema: `https://unpkg.com/chokepoint@${version}/schema/run.schema.json`, ...head, ...run };
}

/** Names that a run chooses itself, such as those of audits, could come in any order. */
function inNamedOrder(key: string, value: unknown): unknown {
  if (key !== 'outcomes' && key !== 'artifacts') return value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
