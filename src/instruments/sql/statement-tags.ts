import type { CodePlace } from '../../model/queries.ts';
import { lexSql } from './sql-lexer.ts';

type Tags = Readonly<Record<string, string>>;

/** A comment is not trusted with our memory. */
const mostTags = 30;
const longest = { name: 60, value: 1_000 } as const;

const quotedPair = /\s*([\w.%-]+)\s*=\s*'((?:[^'\\]|\\.)*)'\s*/y;
const barePair = /\s*(\w+):(?!\s)([^,]*?)\s*(?=,\s*\w+:(?!\s)|$)/y;

/**
 * What the comments of a statement say about who sent it; `undefined` where they say nothing of that kind.
 *
 * Two forms are known: `key='value',…` with percent signs (https://google.github.io/sqlcommenter/spec/), and
 * `key:value,…`, which marginalia and the query logs of Rails write. A comment that is not wholly of one form is prose.
 */
export function statementTags(sql: string): Tags | undefined {
  if (!sql.includes('/*')) return undefined;
  const tags = lexSql(sql)
    .filter(({ kind, start }) => kind === 'comment' && sql.startsWith('/*', start))
    .flatMap(({ start, end }) => {
      const body = sql.slice(start + 2, end).replace(/\*\/$/, '');
      return pairsOf(body, quotedPair, decoded) ?? pairsOf(body, barePair, (text) => text) ?? [];
    })
    .slice(0, mostTags);
  return tags.length === 0 ? undefined : Object.fromEntries(tags);
}

function pairsOf(body: string, pattern: RegExp, decode: (text: string) => string): [string, string][] | undefined {
  const pairs: [string, string][] = [];
  for (let position = 0; position < body.length; ) {
    pattern.lastIndex = position;
    const match = pattern.exec(body);
    const [, name = '', value = ''] = match ?? [];
    position = pattern.lastIndex;
    const isEnd = position === body.length;
    if (!match || (!isEnd && body[position] !== ',')) return undefined;
    position += 1;
    if (name.length > longest.name) return undefined;
    pairs.push([decode(name), decode(value).slice(0, longest.value)]);
  }
  return pairs.length === 0 ? undefined : pairs;
}

/** Quotes are escaped after everything else was percent-encoded. */
function decoded(text: string): string {
  const plain = text.replace(/\\(.)/g, '$1');
  try {
    return decodeURIComponent(plain);
  } catch {
    // Some writers encode nothing, and a percent sign is then one.
    return plain;
  }
}

/** Names under which writers tell the file, the line and the function; OpenTelemetry has renamed its own. */
const names = {
  file: ['file', 'filepath', 'code.filepath', 'code.file.path'],
  line: ['line', 'lineno', 'code.lineno', 'code.line.number'],
  name: ['func', 'function', 'code.function', 'code.function.name'],
} as const;

/** Names of a place as one text: `app/models/order.rb:12:in 'Order#total'`. */
const wholePlaces = ['source_location', 'line', 'caller', 'file'] as const;

/** The line of code that a statement's own comment names. */
export function placeInTags(tags: Tags): CodePlace | undefined {
  const first = (of: readonly string[]) => of.map((name) => tags[name]).find((value) => value !== undefined);
  const file = first(names.file);
  const line = Number(first(names.line));
  const name = first(names.name);
  if (file !== undefined && Number.isInteger(line) && line > 0) return { file, line, ...(name && { name }) };
  for (const key of wholePlaces) {
    const [, path, number, of] = /^(.+?):(\d+)(?::in [`'](.+)')?$/.exec(tags[key] ?? '') ?? [];
    if (path && Number(number) > 0) return { file: path, line: Number(number), ...(of && { name: of }) };
  }
  return undefined;
}

/** The trace to which a statement says that it belongs: https://www.w3.org/TR/trace-context/#traceparent-header */
export function traceIdIn(tags: Tags | undefined): string | undefined {
  return /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/i.exec(tags?.traceparent ?? '')?.[1]?.toLowerCase();
}
