import { Failure } from '../model/failure.ts';
import type { Authorization, RequestStep, Step } from '../model/flow.ts';
import type { DataSource, Scenario } from '../model/scenario.ts';
import { templateNames } from '../model/template.ts';
import { invalidValue } from './invalid-value.ts';
import { locate, type SourceNode } from './source-tree.ts';

type NamedParts = Pick<Scenario, 'flows' | 'before' | 'after' | 'data'>;

type Path = readonly PropertyKey[];

/** What a `{{ name }}` may be at one place, and why another name that is used somewhere is not known there. */
interface Scope {
  readonly known: ReadonlySet<string>;
  strange(name: string): string | undefined;
}

/** Everything in double braces, also what is no name and so would be sent as it stands. */
const braced = /\{\{([^{}]*)\}\}/g;

/** Keys of a request in which nothing is filled in: they are about the response. */
const unfilled: ReadonlySet<string> = new Set(['expect', 'capture']);

/**
 * Throws for the first `{{ name }}` that nothing has supplied by then.
 *
 * A flow knows the data, what `before` captured, and what its own earlier steps captured. `before` and `after` take no
 * rows of `unique` data, which are for the walks that count. `targetAuth` is checked with every step that bears it.
 */
export function requireKnownNames(root: SourceNode, parts: NamedParts, targetAuth: Authorization | undefined): void {
  const { flows, before, after, data } = parts;
  const sequences = [
    { path: ['before'], steps: before },
    ...flows.map(({ steps }, index) => ({ path: ['flows', index, 'steps'], steps })),
    { path: ['after'], steps: after },
  ];
  for (const { path, steps } of sequences) requireNewNames(root, path, steps, data);

  const dataNames = new Set(data.flatMap(namesOf));
  const repeatable = new Set(data.filter(({ order }) => order !== 'unique').flatMap(namesOf));
  const captured = new Set(sequences.flatMap(({ steps }) => capturesOf(steps)));
  const fromBefore = capturesOf(before);
  for (const { path, steps } of sequences) {
    const inFlow = path[0] === 'flows';
    const known = new Set([...(inFlow ? dataNames : repeatable), ...(path[0] === 'before' ? [] : fromBefore)]);
    const strange = (later: ReadonlySet<string>) => (name: string) => {
      if (later.has(name)) return 'is used before it is captured';
      if (captured.has(name)) return 'is captured elsewhere';
      return dataNames.has(name) ? `is \`order: unique\`, of which ${path[0]} takes no row` : undefined;
    };
    for (const [index, step] of steps.entries()) {
      const scope = { known, strange: strange(new Set(capturesOf(steps.slice(index)))) };
      checkStep(root, [...path, index], scope);
      if (step.kind !== 'request') continue;
      if (targetAuth !== undefined && step.auth === targetAuth) check(root, ['target', 'auth'], scope);
      for (const { as } of step.captures) known.add(as);
    }
  }
  check(root, ['variants'], {
    known: dataNames,
    strange: (name) => (captured.has(name) ? 'is captured elsewhere' : undefined),
  });
}

/** A capture must not take the place of data. */
function requireNewNames(root: SourceNode, path: Path, steps: readonly Step[], data: readonly DataSource[]): void {
  for (const [index, step] of steps.entries()) {
    const taken = capturesOf([step]).find((name) => data.some(({ as }) => as === name));
    if (step.kind !== 'request' || taken === undefined) continue;
    const method = step.method.toLowerCase();
    const capture = [...path, index, method, 'capture'];
    const number = step.captures.findIndex(({ as }) => as === taken);
    const isList = locate(root, capture)?.node.kind === 'list';
    const at = isList ? [...capture, number, 'as'] : [...capture, 'as'];
    throw invalidValue(root, at, `"${taken}" is the name of data`, 'use another name');
  }
}

function checkStep(root: SourceNode, path: Path, scope: Scope): void {
  const node = locate(root, path)?.node;
  if (node?.kind !== 'map') return;
  for (const [method, { node: request }] of node.entries) {
    if (request.kind !== 'map') {
      check(root, [...path, method], scope);
      continue;
    }
    for (const key of request.entries.keys()) {
      const at = [...path, method, key];
      if (unfilled.has(key)) requireNoNames(root, at);
      else if (key !== 'file') check(root, at, scope);
    }
  }
}

function check(root: SourceNode, path: Path, { known, strange }: Scope): void {
  visitTexts(root, path, (text, at) => {
    for (const [placeholder, inner = ''] of text.matchAll(braced)) {
      const [name] = templateNames(placeholder);
      if (name !== undefined && known.has(name)) continue;
      const reason = name === undefined ? undefined : strange(name);
      if (name !== undefined && reason !== undefined) {
        throw new Failure('scenario-name-not-known-here', { name, reason }, { at });
      }
      throw new Failure('scenario-unknown-data', { name: name ?? inner.trim(), known: [...known] }, { at });
    }
  });
}

function requireNoNames(root: SourceNode, path: Path): void {
  visitTexts(root, path, (text, at) => {
    const [name] = templateNames(text);
    if (name === undefined) return;
    const reason = `holds {{ ${name} }}, and nothing is filled in there`;
    const hint = 'expect and capture are the same for every request: write the text itself';
    throw new Failure('scenario-invalid-value', { path: path.join('.'), reason, hint }, { at });
  });
}

/** Calls `visit` for every key and value at and below `path`, in the order of the file. */
function visitTexts(root: SourceNode, path: Path, visit: (text: string, at: SourceNode['at']) => void): void {
  const descend = (node: SourceNode): void => {
    if (node.kind === 'scalar') visit(node.text, node.at);
    if (node.kind === 'list') for (const item of node.items) descend(item);
    if (node.kind !== 'map') return;
    for (const [key, entry] of node.entries) {
      visit(key, entry.keyAt);
      descend(entry.node);
    }
  };
  const part = locate(root, path);
  if (part) descend(part.node);
}

function capturesOf(steps: readonly Step[]): readonly string[] {
  return steps
    .filter((step): step is RequestStep => step.kind === 'request')
    .flatMap((step) => step.captures.map(({ as }) => as));
}

/** The names that one source supplies. */
function namesOf({ as, values }: DataSource): readonly string[] {
  if (values.kind === 'range') return [as];
  return Object.keys(values.rows[0] ?? {}).map((field) => (field === '' ? as : `${as}.${field}`));
}
