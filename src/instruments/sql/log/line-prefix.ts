import { Failure } from '../../../model/failure.ts';
import { parseTimestamp } from './parse-prefix.ts';
import { createSessionInterner, type PrefixOrigin } from './prefix-reader.ts';

const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`;
const zone = String.raw` (?:[A-Za-z]{1,6}|[+-][\d:]{2,6}|<[^>]*>)`;

/** What each escape of `log_line_prefix` looks like; named where it is used. */
const escapes: Readonly<Record<string, string>> = {
  a: '(?<application>.*?)',
  u: '(?<user>.*?)',
  d: '(?<database>.*?)',
  r: '.*?',
  h: '.*?',
  L: '.*?',
  b: '.*?',
  p: String.raw`(?<process>\d+)`,
  P: String.raw`\d*`,
  t: `(?<time>${time}${zone})`,
  m: `(?<time>${time}\\.\\d{3}${zone})`,
  n: String.raw`(?<epoch>\d+\.\d{3})`,
  i: '.*?',
  e: '[0-9A-Z]{5}',
  c: String.raw`(?<id>[0-9a-f]+\.[0-9a-f]+)`,
  l: String.raw`\d+`,
  s: `${time}${zone}`,
  v: String.raw`[\d/]*`,
  x: String.raw`\d+`,
  Q: String.raw`-?\d+`,
  '%': '%',
};

/**
 * A reader of prefixes that the server wrote by `linePrefix`; `undefined` for others. Throws `usage` where an escape
 * is none of PostgreSQL's.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LINE-PREFIX
 */
export function compileLinePrefix(linePrefix: string): (text: string, end: number) => PrefixOrigin | undefined {
  const pattern = patternOf(linePrefix);
  const intern = createSessionInterner();
  return (text, end) => {
    const groups = pattern.exec(text.slice(0, end))?.groups;
    if (!groups) return undefined;
    const { id, process, user, database, application, time, epoch } = groups;
    const known = (name: 'user' | 'database' | 'application', value: string | undefined) => {
      const trimmed = value?.trim() ?? '';
      return trimmed === '' || trimmed === '[unknown]' ? {} : { [name]: trimmed };
    };
    return {
      who: intern({
        session: id ?? process ?? '',
        ...known('user', user),
        ...known('database', database),
        ...known('application', application),
      }),
      timestamp: (time === undefined ? Math.round(Number(epoch) * 1000) : parseTimestamp(time)) ?? Number.NaN,
    };
  };
}

function patternOf(linePrefix: string): RegExp {
  const used = new Set<string>();
  let source = '';
  let optionalParts = 0;
  for (const [, padding = '', code, plain = ''] of linePrefix.matchAll(/%(-?\d*)(.)|([^%]+|%$)/gs)) {
    if (code === 'q') {
      // Processes without a session write nothing from here on.
      source += '(?:';
      optionalParts++;
    } else if (code === undefined) source += plain.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
    else {
      const pattern = escapes[code];
      if (pattern === undefined) throw unknownEscape(linePrefix, code);
      const once = used.has(code) ? pattern.replace(/\(\?<\w+>/, '(?:') : pattern;
      used.add(code);
      if (code === 't' || code === 'm') for (const other of ['t', 'm']) used.add(other);
      source += padding === '' ? once : ` *${once} *`;
    }
  }
  return new RegExp(`^${source}${')?'.repeat(optionalParts)}$`, 's');
}

function unknownEscape(linePrefix: string, code: string): Failure {
  return new Failure('usage', {
    detail: `"%${code}" in the line prefix "${linePrefix}" is no escape of PostgreSQL's`,
    hint: "give it as the server has it: SHOW log_line_prefix, for example '%m [%p] %q%u@%d '",
  });
}
