import { Failure, type SourcePosition } from '../../model/failure.ts';
import { parseSource, type SourceLimits } from '../parse-source.ts';
import type { Located, SourceNode } from '../source-tree.ts';
import { isShallow } from './content.ts';

const limits: SourceLimits = { maxDepth: 200, maxAliases: 100, maxNodes: 2_000_000 };

/** The tree of a YAML text takes some hundred times its size. */
const maxYamlBytes = 12 * 1024 * 1024;

/**
 * The content of a JSON or YAML text as plain maps, lists and scalars; `file` is for the messages.
 *
 * Throws `draft-unreadable`, at its line where that is known, for what is neither, and for YAML that is more than plain
 * data. Merge keys (`<<`) are followed, since Artillery files use them.
 */
export function parseDocument(text: string, file: string): unknown {
  const json = /^\s*[{[]/.test(text) ? parseJson(text, file) : undefined;
  if (json && 'value' in json) {
    if (isShallow(json.value, limits.maxDepth)) return json.value;
    throw unreadable(file, `it is nested more than ${limits.maxDepth} levels deep`);
  }
  // What begins with a bracket may be YAML all the same, but a message of the YAML parser would mislead in JSON.
  if (json && !/\.ya?ml$/i.test(file)) throw json.failure;
  if (text.length > maxYamlBytes) {
    throw unreadable(file, `it has more than ${maxYamlBytes / 1024 / 1024} MB of YAML; convert it to JSON first`);
  }
  return mergedContent(parseYaml(text, file));
}

function unreadable(path: string, reason: string, at?: SourcePosition, cause?: unknown): Failure {
  return new Failure('draft-unreadable', { path, reason }, { at, cause });
}

function parseJson(text: string, file: string): { readonly value: unknown } | { readonly failure: Failure } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const offset = Number(/at position (\d+)/.exec(error.message)?.[1] ?? text.length);
    const before = text.slice(0, offset).split('\n');
    const at = { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    // Newer engines quote the text around the place, and the text may hold secrets.
    const isCutOff = offset >= text.trimEnd().length;
    const reason = isCutOff ? 'it ends too early' : 'a character stands where none is expected';
    return { failure: unreadable(file, `this is not JSON: ${reason}`, at, error) };
  }
}

function parseYaml(text: string, file: string): SourceNode {
  try {
    return parseSource(text, file, limits);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw unreadable(file, error.message, error.at, error);
  }
}

function mergedContent(node: SourceNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(mergedContent);
  const merged = node.entries.get('<<');
  const own = entriesOf(node.entries).filter(([key]) => key !== '<<');
  return Object.fromEntries(merged ? [...inherited(merged.node), ...own] : own);
}

function entriesOf(entries: ReadonlyMap<string, Located>): readonly (readonly [string, unknown])[] {
  return [...entries].map(([key, entry]) => [key, mergedContent(entry.node)] as const);
}

/** Of several maps the first has the last word. */
function inherited(node: SourceNode): readonly (readonly [string, unknown])[] {
  const sources = node.kind === 'list' ? node.items.toReversed() : [node];
  return sources.flatMap((source) => Object.entries((mergedContent(source) ?? {}) as object));
}
