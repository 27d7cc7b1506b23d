import { Failure } from '../model/failure.ts';
import type { ScalarNode, SourceNode } from './source-tree.ts';

/** The process environment, or what a test gives instead. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Path = readonly string[];

/** `$${` (an escape), `${NAME}`, `${NAME:-default}`, or a `${` that begins none of them. */
const reference = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g;

/** Whether `text` would look different after expansion. */
export function hasVariables(text: string): boolean {
  return text.search(reference) >= 0;
}

/**
 * Fills `${NAME}` and `${NAME:-default}` into every value (not the keys) below `root`; `$${` stands for a plain `${`.
 *
 * As in a shell the default also replaces an empty value. `${PORT}` stays as it is where each process gets a port of
 * its own: in `url`, `socket` and `command` of the target, in the `command` of
 * variants and in the `env` of both. What was filled in is text, until
 * {@link retypeVariables}. Throws `scenario-missing-variable`.
 */
export function expandVariables(root: SourceNode, env: Environment): SourceNode {
  const expand = (node: SourceNode, path: Path): SourceNode => {
    if (node.kind === 'scalar') return expandScalar(node, path, env);
    if (node.kind === 'list') {
      return { ...node, items: node.items.map((item, index) => expand(item, [...path, String(index)])) };
    }
    const entries = new Map(
      [...node.entries].map(([key, entry]) => [key, { ...entry, node: expand(entry.node, [...path, key]) }]),
    );
    return { ...node, entries };
  };
  return expand(root, []);
}

function expandScalar(node: ScalarNode, path: Path, env: Environment): ScalarNode {
  if (typeof node.value !== 'string' || !hasVariables(node.value)) return node;
  const text = node.value.replace(reference, (match, name: string | undefined, fallback: string | undefined) => {
    if (match === '$${') return '${';
    if (name === undefined) {
      const detail = {
        path: path.join('.'),
        reason: '${ does not begin a variable',
        hint: 'write ${NAME} or ${NAME:-default}, or $${ for a plain ${',
      };
      throw new Failure('scenario-invalid-value', detail, { at: node.at });
    }
    if (name === 'PORT' && fallback === undefined && keepsPort(path)) return match;
    const value = env[name];
    if (fallback !== undefined && (value === undefined || value === '')) return fallback;
    if (value === undefined) throw new Failure('scenario-missing-variable', { name }, { at: node.at });
    return value;
  });
  return { ...node, text, value: text, expanded: true };
}

function keepsPort([section, key, third]: Path): boolean {
  if (section === 'target') return key === 'url' || key === 'socket' || key === 'command' || key === 'env';
  // In a url of its own it has no meaning, which the check of that url says better than a missing variable would.
  return section === 'variants' && (third === 'env' || third === 'command' || third === 'url');
}

/**
 * The tree in which the variables at `paths`, where the schema wants another type than text, have the type of their form.
 *
 * The schema decides, because in `{ … }` a variable must stand in quotes, and elsewhere a digit may be text.
 */
export function retypeVariables(root: SourceNode, paths: readonly (readonly PropertyKey[])[]): SourceNode {
  return paths.reduce<SourceNode>((tree, path) => retypeAt(tree, path), root);
}

function retypeAt(node: SourceNode, [key, ...rest]: readonly PropertyKey[]): SourceNode {
  if (node.kind === 'scalar') return node.expanded && key === undefined ? { ...node, value: typed(node.text) } : node;
  if (key === undefined) return node;
  if (node.kind === 'list') {
    return { ...node, items: node.items.map((item, index) => (index === key ? retypeAt(item, rest) : item)) };
  }
  const entry = node.entries.get(String(key));
  if (!entry) return node;
  return { ...node, entries: new Map(node.entries).set(String(key), { ...entry, node: retypeAt(entry.node, rest) }) };
}

/** The numbers of JSON. */
const numberForm = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

function typed(text: string): string | number | boolean {
  if (numberForm.test(text)) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  return text;
}
