import type { LoadedRun } from '../../model/run.ts';
import { withoutLiterals } from '../literal-mask.ts';

/** What a run knows about the service's data: the values that were seen, and the names that are none. */
export interface KnownValues {
  readonly values: ReadonlySet<string>;
  /** Words of tables, columns, endpoints, variants and functions: they may be equal to a value, and are kept. */
  readonly names: ReadonlySet<string>;
}

/** Shorter values, and numbers of fewer digits, are everywhere: figures would go with them. */
const isTelling = (value: string) => (/^-?[\d.]+$/.test(value) ? value.length >= 4 : value.trim().length >= 3);

const words = (text: string) => text.match(/[\p{L}\p{N}_]+/gu) ?? [];

/** Values of one run: parameters and literals of the traced executions, and the variable parts of their urls. */
export function knownValues({ run, gathered }: LoadedRun): KnownValues {
  const values = new Set<string>();
  const names = new Set<string>();
  const add = (value: string | null) => {
    if (value !== null && isTelling(value)) values.add(value);
  };
  const addNames = (...texts: readonly string[]) => {
    for (const text of texts) for (const word of words(text)) names.add(word);
  };
  addNames(
    run.scenario.name,
    ...run.scenario.endpoints,
    ...Object.keys(run.variants),
    ...run.audits.map(({ id }) => id),
  );
  for (const { queries, profile, load } of Object.values(gathered)) {
    if (load.status === 'gathered') addNames(...load.value.rounds.flatMap((round) => Object.keys(round.endpoints)));
    if (profile.status === 'gathered') addNames(...profile.value.flows.map(({ flow }) => flow));
    if (queries.status === 'missing') continue;
    for (const { normalized, example, tables } of queries.value.statements) {
      addNames(...tables, withoutLiterals(normalized));
      for (const [, literal = ''] of example.matchAll(/'((?:[^']|'')*)'/g)) add(literal);
    }
    for (const { url, executions } of queries.value.requests) {
      for (const part of decoded(url).split(/[/?&=;,+#]/)) add(part);
      for (const { parameters, literals = [], columns } of executions) {
        for (const value of [...parameters, ...literals]) add(value);
        addNames(...columns.map(({ name }) => name));
      }
    }
  }
  return { values: new Set([...values].filter((value) => !names.has(value))), names };
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
