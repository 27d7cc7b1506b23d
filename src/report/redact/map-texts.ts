import type { LoadedRun } from '../../model/run.ts';

/** Keys whose values the tool itself chooses from a short list, or by which it finds what belongs together. */
const structural = new Set([
  ...['status', 'kind', 'unit', 'better', 'verdict', 'grade', 'severity', 'technique', 'level', 'design', 'runtime'],
  ...['binding', 'where', 'source', 'language', 'missing', 'metric', 'audit', 'id', 'fingerprint', 'digest', 'method'],
  ...['startedAt', 'version', 'node', 'platform', 'cpuModel', 'resultHash', 'valueHashes', 'arrivals'],
]);

/** Maps whose keys are texts of the service or of the scenario. */
const namedMaps = new Set(['variants', 'gathered', 'endpoints', 'statuses', 'failures', 'troubles']);

/** The audits' own texts are the same in every run. */
const skipped = new Set(['audits', 'environment', 'tool']);

/** What is known of the place of a text: the keys that lead to it, the nearest first, with the kind of each union; entries of a list have their list's. */
export type TextPlace = readonly string[];

/** The run with every text in it that comes from outside put through `change`; structure, figures and ids stay. */
export function mapTexts(loaded: LoadedRun, change: (text: string, place: TextPlace) => string): LoadedRun {
  const walk = (value: unknown, place: TextPlace): unknown => {
    const [key = ''] = place;
    if (typeof value === 'string') return structural.has(key) && !isOutput(place) ? value : change(value, place);
    if (Array.isArray(value)) return value.map((entry) => walk(entry, place));
    if (typeof value !== 'object' || value === null || skipped.has(key)) return value;
    const result: Record<string, unknown> = {};
    const within = [...kindOf(value), ...place];
    for (const [name, entry] of Object.entries(value)) {
      const newName = namedMaps.has(key) ? change(name, ['name', ...place]) : name;
      const mapped = walk(entry, [name, ...within]);
      const there = result[newName];
      // Two reasons that differ in what was taken out are one, as often as both.
      result[newName] = typeof there === 'number' && typeof mapped === 'number' ? there + mapped : mapped;
    }
    return result;
  };
  return walk(loaded, []) as LoadedRun;
}

/** What kind of evidence a text is part of, and in which language it is. */
function kindOf(value: object): readonly string[] {
  const { language, kind } = value as { readonly language?: unknown; readonly kind?: unknown };
  return [language, kind].filter((word) => typeof word === 'string');
}

/** A measurement's method is prose; a traced request's is `GET`. */
const isOutput = ([key, ...parents]: TextPlace) => key === 'method' && parents.includes('evidence');
