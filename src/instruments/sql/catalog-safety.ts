import type { ParseResult } from 'libpg-query';
import { type RelationFacts, type RoutineFacts, readCatalogFacts } from './catalog-facts.ts';
import type { Connection } from './connection.ts';
import { endsWithItsCopy, functionRefusal, isDenied, isHarmless } from './function-safety.ts';
import { mentionsIn, mentionsOf, readsOrWritesFiles, runsText, type SqlMentions } from './sql-mentions.ts';
import { parseStatement } from './statement.ts';
import { asKind, nodesOfKind } from './tree-nodes.ts';

/**
 * `executed`: in a transaction that only reads. `planned`: nothing of it is executed but what does not depend on a row,
 * which the planner works out beforehand. `copied`: it writes, with all that hangs on its tables, in a transaction on a
 * copy of the database that is rolled back.
 */
export type Use = 'executed' | 'planned' | 'copied';

/** A piece of SQL that the server would run on behalf of the statement. */
interface Piece {
  readonly mentions: SqlMentions;
  readonly use: Use;
  /** Where it stands, to be put behind a reason; empty for the statement itself. */
  readonly where: string;
  readonly anySchema: boolean;
  readonly typeOids?: readonly number[];
}

/** The pieces that hang on one, or why it must not run. */
type Followed = { readonly refusal: string } | { readonly pieces: readonly Piece[] };

/**
 * Why the catalogue forbids to execute or to plan a statement whose text is harmless: it leads to a volatile function,
 * to one of the deny-list, to one that nobody can read, or to another server; through operators, casts, attributes,
 * views, row security, the checks of domains, and the bodies of functions at any depth. On a copy it may write: what is
 * forbidden there is what reaches beyond the copy, be it in a trigger or behind the action of a foreign key.
 *
 * Planning is not harmless by itself: calls of functions that are declared immutable are worked out, those of stable
 * ones for estimates too, and the values of parameters pass the checks of their domains.
 *
 * @param typeOids - the types that the client declared for its parameters
 */
export async function catalogRefusal(
  connection: Connection,
  tree: ParseResult,
  use: Use,
  typeOids: readonly number[] = [],
): Promise<string | undefined> {
  const seen = new Set<string>();
  const pending: Piece[] = [{ mentions: mentionsOf(tree), use, where: '', anySchema: false, typeOids }];
  for (let piece = pending.pop(); piece; piece = pending.pop()) {
    const followed = await follow(connection, piece, (key) => {
      const isFresh = !seen.has(key);
      seen.add(key);
      return isFresh;
    });
    if ('refusal' in followed) return `${followed.refusal}${piece.where}`;
    pending.push(...followed.pieces);
  }
  return undefined;
}

async function follow(connection: Connection, piece: Piece, isFresh: (key: string) => boolean): Promise<Followed> {
  const { mentions, use } = piece;
  const called =
    use === 'copied' ? mentions.functions.filter((parts) => !endsWithItsCopy(parts.at(-1) ?? '')) : mentions.functions;
  const denied = use === 'planned' ? undefined : functionRefusal(called);
  if (denied) return { refusal: denied };
  const facts = await readCatalogFacts(connection, mentions, piece);
  const pieces: Piece[] = [];
  for (const routine of facts.routines) {
    if (!isFresh(`${use} routine ${routine.oid}`)) continue;
    const followed = followRoutine(routine, use);
    if ('refusal' in followed) return followed;
    pieces.push(...followed.pieces);
  }
  for (const relation of facts.relations) {
    if (!isFresh(`${use} relation ${relation.oid}`)) continue;
    const followed = followRelation(relation, use);
    if ('refusal' in followed) return followed;
    pieces.push(...followed.pieces);
  }
  for (const { oid, domain, sql } of facts.checks) {
    if (!isFresh(`check ${oid}`)) continue;
    const followed = pieceOf(sql, 'executed', `a check of the domain ${domain}`);
    if ('refusal' in followed) return followed;
    pieces.push(...followed.pieces);
  }
  return { pieces };
}

function followRoutine(routine: RoutineFacts, use: Use): Followed {
  const { builtIn, extension, volatile, language, definition, ownPath } = routine;
  const name = builtIn ? `${routine.name}()` : `${routine.schema}.${routine.name}()`;
  const trusted = builtIn || extension;
  if (volatile && use === 'executed' && !(trusted && isHarmless(routine.name))) {
    return { refusal: `it calls ${name}, which is volatile and may write` };
  }
  if (volatile && use === 'copied' && trusted && !endsWithItsCopy(routine.name)) {
    return { refusal: `it calls ${name}, which is volatile and may reach beyond a copy` };
  }
  // The planner calls no volatile function, but puts the body of one in SQL in its place, and plans that.
  if (volatile && use === 'planned' && language !== 'sql') return { pieces: [] };
  if (trusted) {
    if (use === 'planned' && !volatile && isDenied(routine.name)) {
      return { refusal: `planning it calls ${name}, whose effect a ROLLBACK does not undo` };
    }
    return { pieces: [] };
  }
  if (definition === null) return { pieces: [] };
  if (language !== 'sql' && language !== 'plpgsql') {
    return { refusal: `it calls ${name}, which is written in ${language} and cannot be looked into` };
  }
  const tree = parseStatement(definition);
  if (!tree) return { refusal: `it calls ${name}, which cannot be parsed` };
  const inside = volatile ? use : 'executed';
  const where = ` (in the function ${name})`;
  const body = bodyOf(tree);
  if (language === 'plpgsql' && runsText(body)) {
    return { refusal: `it calls ${name}, which puts statements together when it runs` };
  }
  if (use === 'copied' && readsOrWritesFiles(body)) {
    return { refusal: `it calls ${name}, which may reach files of the server` };
  }
  // The time limit cancels a statement once; whoever catches that goes on without one.
  if (language === 'plpgsql' && /query_canceled|57014/i.test(body)) {
    return { refusal: `it calls ${name}, which may go on past the time limit` };
  }
  const parsedBody = language === 'sql' && body !== '' ? parseStatement(body) : undefined;
  if (language === 'sql' && body !== '' && !parsedBody) return { refusal: `it calls ${name}, which cannot be parsed` };
  const bodyMentions = parsedBody ? mentionsOf(parsedBody) : mentionsIn(body);
  // The definition has the types and defaults of the parameters, and the body of BEGIN ATOMIC.
  const pieces = [mentionsOf(tree), bodyMentions].map((mentions) => ({
    mentions,
    use: inside,
    where,
    anySchema: ownPath,
  }));
  return { pieces };
}

/** The text behind AS; empty for a body of BEGIN ATOMIC. */
function bodyOf(tree: ParseResult): string {
  const option = nodesOfKind(tree, 'DefElem').find(({ defname }) => defname === 'as');
  return asKind(asKind(option?.arg, 'List')?.items?.[0], 'String')?.sval ?? '';
}

const places = {
  trigger: 'a trigger of',
  reached: 'a partition of, or a table that refers to',
  view: 'the view',
  policy: 'a row security policy of',
  'write-policy': 'a row security policy of',
  rule: 'a rule of',
  default: 'a default of',
  expression: 'a check or an index of',
} as const;

/** What matters to those alone that write to the relation. */
const ofWrites: readonly string[] = ['write-policy', 'rule', 'default'];

/** What matters to those alone whose writes are executed. */
const ofExecutedWrites: readonly string[] = ['trigger', 'reached'];

function followRelation({ name, foreign, parts }: RelationFacts, use: Use): Followed {
  if (foreign) return { refusal: `it reads the foreign table ${name}` };
  const pieces: Piece[] = [];
  for (const { kind, sql } of parts) {
    if (use === 'executed' && ofWrites.includes(kind)) continue;
    if (use !== 'copied' && ofExecutedWrites.includes(kind)) continue;
    const place = `${places[kind]} ${name}`;
    const isPlanned = use !== 'copied' && (kind === 'expression' || kind === 'default');
    const followed = isPlanned ? constantCalls(sql, place) : pieceOf(sql, use, place);
    if ('refusal' in followed) return followed;
    pieces.push(...followed.pieces);
  }
  return { pieces };
}

/** What the planner works out of an expression beforehand: calls in which no column stands. */
function constantCalls(sql: string, place: string): Followed {
  const tree = parseStatement(sql);
  if (!tree) return { refusal: `${place} cannot be parsed` };
  const calls = nodesOfKind(tree, 'FuncCall').filter((call) => nodesOfKind(call, 'ColumnRef').length === 0);
  if (calls.length === 0) return { pieces: [] };
  const mentions = mentionsOf(calls.map((call) => ({ FuncCall: call })));
  return { pieces: [{ mentions, use: 'planned', where: ` (in ${place})`, anySchema: false }] };
}

function pieceOf(sql: string, use: Use, place: string): Followed {
  const tree = parseStatement(sql);
  if (!tree) return { refusal: `${place} cannot be parsed` };
  return { pieces: [{ mentions: mentionsOf(tree), use, where: ` (in ${place})`, anySchema: false }] };
}
