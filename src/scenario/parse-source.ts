import {
  Composer,
  type CST,
  type DocumentOptions,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParseOptions,
  Parser,
  type SchemaOptions,
  type YAMLError,
} from 'yaml';
import { Failure, type SourcePosition } from '../model/failure.ts';
import type { Located, SourceNode } from './source-tree.ts';

/** How large a document may be, once its aliases are written out. */
export interface SourceLimits {
  readonly maxDepth: number;
  readonly maxAliases: number;
  readonly maxNodes: number;
}

/** With this many aliases a document can repeat its largest part some 1,500 times; `maxNodes` bounds the rest. */
const scenarioLimits: SourceLimits = { maxDepth: 64, maxAliases: 20, maxNodes: 200_000 };

const documentOptions: DocumentOptions & ParseOptions & SchemaOptions = {
  version: '1.2',
  schema: 'core',
  resolveKnownTags: false,
  stringKeys: true,
  // Its check compares every key with every other one: 20,000 keys take seconds. The conversion finds them at once.
  uniqueKeys: false,
};

/**
 * Parses `text` as one YAML 1.2 document of plain data.
 *
 * Throws `scenario-not-yaml` for syntax errors, duplicate keys and several documents, and `scenario-unsafe-yaml` for
 * tags, many aliases, circles, deep nesting and `__proto__`.
 */
export function parseSource(
  text: string,
  file: string,
  { maxDepth, maxAliases, maxNodes }: SourceLimits = scenarioLimits,
): SourceNode {
  const deepReason = `it is nested more than ${maxDepth} levels deep`;
  const lineCounter = new LineCounter();
  const place = (offset: number): SourcePosition => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const refuse = (reason: string, offset: number): Failure =>
    new Failure('scenario-unsafe-yaml', { reason }, { at: place(offset) });

  const tokens = [...new Parser(lineCounter.addNewLine).parse(text)];
  const deep = tooDeep(tokens, maxDepth);
  if (deep) throw refuse(deepReason, deep.offset);
  const [document, second] = new Composer(documentOptions).compose(tokens, true, text.length);
  const problem = document && worst([...document.errors, ...document.warnings]);
  if (problem) throw syntaxFailure(problem, text, place);
  if (second) throw notYaml('it holds several documents, separated by ---', place(second.range[0]));
  if (!document) throw notYaml('it holds no document', place(0));

  let aliases = 0;
  let nodes = 0;
  const convert = (node: Node | null, offset: number, depth: number): SourceNode => {
    const start = node?.range?.[0] ?? offset;
    if (depth > maxDepth) throw refuse(deepReason, start);
    if (++nodes > maxNodes) throw refuse(`it has more than ${maxNodes} values`, start);
    if (isAlias(node)) {
      if (++aliases > maxAliases) throw refuse(`it has more than ${maxAliases} aliases`, start);
      return convert(node.resolve(document) ?? null, start, depth + 1);
    }
    const at = place(start);
    if (isSeq<Node>(node)) {
      return { kind: 'list', items: node.items.map((item) => convert(item, start, depth + 1)), at };
    }
    if (isMap<Node, Node | null>(node)) {
      const entries = new Map<string, Located>();
      for (const { key, value } of node.items) {
        const keyOffset = key.range?.[0] ?? start;
        const name = isScalar(key) ? String(key.value) : '';
        const keyAt = place(keyOffset);
        if (name === '__proto__') throw refuse('the key "__proto__"', keyOffset);
        const earlier = entries.get(name);
        if (earlier) throw notYaml(`the key "${name}" stands in line ${earlier.keyAt.line} already`, keyAt);
        entries.set(name, { keyAt, node: convert(value, keyOffset, depth + 1) });
      }
      return { kind: 'map', entries, at };
    }
    const value = isScalar(node) ? node.value : null;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      return { kind: 'scalar', value: null, text: '', at };
    }
    if (typeof value === 'string' && value.includes('\0')) throw refuse('a NUL character', start);
    const written = isScalar(node) && typeof value !== 'string' ? node.source : undefined;
    return { kind: 'scalar', value, text: written ?? String(value), at };
  };
  return convert(document.contents, 0, 0);
}

/**
 * The first token that lies deeper than `maxDepth`.
 *
 * It is looked for before the nodes are composed, because that recurses: a hundred thousand brackets exhaust the stack,
 * and V8 may then abort the whole process instead of throwing.
 */
function tooDeep(tokens: readonly CST.Token[], maxDepth: number): CST.Token | undefined {
  const pending = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { token, depth } = next;
    if (depth > maxDepth) return token;
    for (const child of childrenOf(token)) pending.push({ token: child, depth: depth + 1 });
  }
  return undefined;
}

function childrenOf(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : [];
  if (!('items' in token)) return [];
  return token.items.flatMap((item) => [...(item.key ? [item.key] : []), ...(item.value ? [item.value] : [])]);
}

/** The first error in the file; a warning only after all errors. */
function worst(problems: readonly YAMLError[]): YAMLError | undefined {
  const rank = (problem: YAMLError) => (problem.name === 'YAMLWarning' ? 1 : 0);
  return [...problems].sort((a, b) => rank(a) - rank(b) || a.pos[0] - b.pos[0])[0];
}

function syntaxFailure(problem: YAMLError, text: string, place: (offset: number) => SourcePosition): Failure {
  const at = place(problem.pos[0]);
  if (problem.code === 'TAG_RESOLVE_FAILED') {
    const tag = problem.message.replace(/^Unresolved tag: /, '');
    return new Failure('scenario-unsafe-yaml', { reason: `the tag ${tag}` }, { at });
  }
  if (problem.code === 'NON_STRING_KEY' && text.startsWith('{', problem.pos[0])) {
    return notYaml('a value that begins with {{ must stand in quotes', at);
  }
  if (problem.code === 'NON_STRING_KEY') return notYaml('a key must be a plain text', at);
  const firstLine = problem.message.split('\n')[0] ?? problem.code;
  return notYaml(firstLine, at);
}

function notYaml(reason: string, at: SourcePosition): Failure {
  return new Failure('scenario-not-yaml', { reason }, { at });
}
