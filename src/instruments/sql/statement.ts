import './parser-code.ts';
import { fingerprintSync, loadModule, normalizeSync, type ParseResult, parseSync } from 'libpg-query';
import type { Statement } from '../../model/queries.ts';
import { valueHash } from '../../model/value-hash.ts';
import { maxNestingDepth, nestingDepth } from './nesting-depth.ts';
import { normalizeText } from './normalized-text.ts';
import { numberPlaceholders } from './placeholders.ts';
import { treeFacts } from './syntax-tree.ts';

/** What a text tells about its statement; the fields mean what they mean in {@link Statement}. */
export type StatementDescription = Pick<Statement, 'fingerprint' | 'normalized' | 'kind' | 'tables'>;

/** Longer texts (bulk inserts) are described by the text normaliser: their syntax trees take a gigabyte. */
const maxParsedLength = 500_000;
const maxCachedTexts = 5_000;
const maxCachedLength = 20_000;

let loaded = false;
const cache = new Map<string, StatementDescription>();

/** Starts PostgreSQL's parser (WebAssembly, 50 ms); needed once before the other functions here, harmless again. */
export async function loadParser(): Promise<void> {
  await loadModule();
  loaded = true;
}

/**
 * Fingerprint, safe text, kind and tables of a statement; 0.2 ms, or a look-up for a text seen before.
 *
 * libpg_query gives `a = 1`, `a IN (…)` and `a = ANY (…)` one fingerprint, so the class of the predicates follows
 * it. A text that PostgreSQL cannot parse is `unparsable` and fingerprinted by its normalised text.
 */
export function describeStatement(sql: string): StatementDescription {
  assertLoaded();
  const known = cache.get(sql);
  if (known) {
    // Reinsertion keeps the map in order of use, so that its first entry is the one to drop.
    cache.delete(sql);
    cache.set(sql, known);
    return known;
  }
  const description = describeAfresh(sql);
  if (sql.length <= maxCachedLength) {
    cache.set(sql, description);
    const oldest = cache.keys().next();
    if (cache.size > maxCachedTexts && !oldest.done) cache.delete(oldest.value);
  }
  return description;
}

/** The syntax tree (placeholders of drivers become `$n` first), or `undefined` where PostgreSQL would refuse the text. */
export function parseStatement(sql: string): ParseResult | undefined {
  assertLoaded();
  // A NUL ends the text for the parser: what stands behind it would go unseen.
  if (sql.length > maxParsedLength || sql.includes('\0')) return undefined;
  if (sql.length > maxNestingDepth && nestingDepth(sql) > maxNestingDepth) return undefined;
  const text = numberPlaceholders(sql);
  return attempt(() => (text === '' ? undefined : parseSync(text)));
}

/** The syntax tree of a script that the user wrote; throws `SqlError` with the place where PostgreSQL would refuse it. */
export async function parseScript(script: string): Promise<ParseResult> {
  await loadParser();
  return parseSync(script);
}

/** The texts of the statements in `sql`, as the server will run them one by one; the whole text if it is unparsable. */
export function splitStatements(sql: string): readonly string[] {
  if (!/;\s*[^\s;]/.test(sql)) return [sql];
  const statements = parseStatement(sql)?.stmts ?? [];
  if (statements.length < 2) return [sql];
  const bytes = Buffer.from(numberPlaceholders(sql));
  return statements.map(({ stmt_location: start = 0, stmt_len: length }) =>
    bytes.toString('utf8', start, length ? start + length : bytes.length).trim(),
  );
}

function describeAfresh(sql: string): StatementDescription {
  const tree = parseStatement(sql);
  const text = numberPlaceholders(sql);
  const hex = tree && attempt(() => fingerprintSync(text));
  if (!tree || !hex || !/^[0-9a-f]{16}$/.test(hex)) {
    const normalized = normalizeText(text);
    return { fingerprint: `${valueHash(normalized)}:scalar`, normalized, kind: 'unparsable', tables: [] };
  }
  const { kind, tables, comparesWithList } = treeFacts(tree);
  const fingerprint = `${hex}:${comparesWithList ? 'list' : 'scalar'}`;
  return { fingerprint, normalized: normalizedOf(text, kind), kind, tables };
}

/** libpg_query's normaliser knows which numbers are schema (`varchar(10)`), but skips literals in most utility commands. */
function normalizedOf(text: string, kind: Statement['kind']): string {
  if (kind === 'utility' || kind === 'transaction') return normalizeText(text);
  const normalized = attempt(() => normalizeSync(text));
  return normalized === undefined ? normalizeText(text) : normalizeText(normalized, { numbers: false });
}

/** Syntax errors and trees too deep for the parser's stack are answers, not accidents. */
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function assertLoaded(): void {
  if (!loaded) throw new Error('loadParser() must have finished before a statement is described');
}
