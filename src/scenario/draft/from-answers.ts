import { parseRate } from '../quantities.ts';
import { chooseTarget } from './choose-target.ts';
import type { Draft, DraftOptions } from './draft.ts';
import { literal, urlLiteral } from './literal.ts';
import { createNotes } from './notes.ts';
import type { WrittenLoad } from './written.ts';

/** What a user says of a service that no file describes. */
export interface Answers extends Pick<DraftOptions, 'url' | 'command'> {
  readonly paths: readonly string[];
  readonly load: Pick<WrittenLoad, 'connections' | 'rate'>;
  /** The variable by which the service finds its database. */
  readonly databaseVariable?: string | undefined;
  /** A variable of the service that switches between two versions of it, and its two values. */
  readonly comparison?: { readonly variable: string; readonly before: string; readonly after: string } | undefined;
}

/** A flow for each path. */
export function draftFromAnswers(answers: Answers): Draft {
  const { url, command, paths, load, databaseVariable, comparison } = answers;
  const notes = createNotes();
  const { target, basePath } = chooseTarget('http://127.0.0.1:3000', { url, command }, notes);
  const variant = (value: string) => ({ env: { [comparison?.variable ?? '']: literal(value) } });
  return {
    scenario: {
      name: 'scenario',
      target,
      ...(databaseVariable !== undefined && {
        database: {
          url: `\${${databaseVariable}:-postgresql://postgres@127.0.0.1:5432/postgres}`,
          env: databaseVariable,
        },
      }),
      load,
      flows: paths.map((path) => ({ steps: [{ get: `${basePath}${urlLiteral(path)}` }] })),
      ...(comparison && { variants: { before: variant(comparison.before), after: variant(comparison.after) } }),
    },
    source: 'answers',
    taken: `${paths.length} ${paths.length === 1 ? 'path, a flow' : 'paths, a flow each'}`,
    leftOut: [],
    remarks: notes.remarks,
    variables: databaseVariable === undefined ? [] : [{ name: databaseVariable, standsFor: 'the url of the database' }],
  };
}

/** The paths in what the user typed, or why they are none. */
export function parsePaths(text: string): readonly string[] | { readonly problem: string } {
  const paths = [...new Set(text.split(/[\s,]+/).filter((path) => path !== ''))];
  const wrong = paths.find((path) => !/^\/(?![/\\])/.test(path));
  if (wrong !== undefined) return { problem: `"${wrong}" does not begin with one slash` };
  return paths.length === 0 ? { problem: 'give a path, such as /' } : paths;
}

/** The load in what the user typed: `10` connections, or `200/s`. */
export function parseLoad(text: string): Answers['load'] | { readonly problem: string } {
  const written = text.trim();
  const perS = parseRate(written);
  if (perS !== undefined && perS > 0 && perS <= 1_000_000) return { rate: written };
  if (/^\d{1,5}$/.test(written) && Number(written) >= 1 && Number(written) <= 10_000)
    return { connections: Number(written) };
  return { problem: 'write a number of connections (10), or a rate (200/s)' };
}
