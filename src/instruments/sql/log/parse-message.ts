import { messageWords, millisecondWords } from './log-words.ts';

/** What a LOG message says about a statement. */
export type StatementMessage =
  /** A duration alone, as `log_duration` writes it after the statement or for a step of it. */
  | { readonly kind: 'duration'; readonly durationMs: number }
  /** A step of a statement; `statement` and `execute` are the ones that run it. Without a duration: `log_statement`. */
  | {
      readonly kind: 'statement' | 'execute' | 'fetch' | 'parse' | 'bind';
      readonly durationMs?: number;
      readonly sql: string;
    };

const durationPattern = new RegExp(
  `^\\p{L}[\\p{L} ]{1,30}:? ?(\\d+\\.\\d{3}) (?:${millisecondWords.join('|')})(?:$|,? +)`,
  'u',
);

const steps = (['statement', 'fetch', 'execute', 'parse', 'bind'] as const).map((kind) => {
  const words = messageWords[kind].join('|');
  // `execute <name>: SQL`; the name is the client's and may hold anything but a line end. es writes `parse: <name>:`.
  const name = kind === 'statement' ? '' : ':? [^\\n]{0,200}?';
  return { kind, pattern: new RegExp(`^(?:${words})${name} ?: `, 'u') };
});

/**
 * Reads `duration: 0.044 ms  execute <unnamed>: SELECT …` and its kin; `undefined` for every other message.
 *
 * The texts are those of `check_log_duration`'s callers and of `log_statement` in
 * https://github.com/postgres/postgres/blob/master/src/backend/tcop/postgres.c
 */
export function parseMessage(message: string): StatementMessage | undefined {
  return parseEnglish(message) ?? parseAnyLanguage(message);
}

/** Whether a message tells of a parse or bind step, of which only the duration counts. */
export function isStep(message: string): boolean {
  if (!message.startsWith(durationStart)) return false;
  const at = message.indexOf(' ms  ', durationStart.length);
  return at > 0 && (message.startsWith('parse ', at + 5) || message.startsWith('bind ', at + 5));
}

const durationStart = 'duration: ';
const longestName = 200;

/** The messages of a server that writes English, without a pattern; `undefined` for what is anything else. */
function parseEnglish(message: string): StatementMessage | undefined {
  let at = 0;
  let durationMs: number | undefined;
  if (message.startsWith(durationStart)) {
    const end = message.indexOf(' ms', durationStart.length);
    durationMs = millisecondsOf(message, durationStart.length, end);
    if (durationMs === undefined) return undefined;
    at = end + 3;
    if (at === message.length) return { kind: 'duration', durationMs };
    if (!message.startsWith('  ', at)) return undefined;
    at += 2;
  }
  switch (message.charCodeAt(at)) {
    case 0x73:
      return message.startsWith('statement: ', at) ? told('statement', durationMs, message, at + 11) : undefined;
    case 0x65:
      if (message.startsWith('execute fetch from ', at)) {
        return told('fetch', durationMs, message, endOfName(message, at + 19));
      }
      return message.startsWith('execute ', at)
        ? told('execute', durationMs, message, endOfName(message, at + 8))
        : undefined;
    case 0x70:
      return message.startsWith('parse ', at)
        ? told('parse', durationMs, message, endOfName(message, at + 6))
        : undefined;
    case 0x62:
      return message.startsWith('bind ', at)
        ? told('bind', durationMs, message, endOfName(message, at + 5))
        : undefined;
    default:
      return undefined;
  }
}

function told(
  kind: 'statement' | 'execute' | 'fetch' | 'parse' | 'bind',
  durationMs: number | undefined,
  message: string,
  sqlAt: number | undefined,
): StatementMessage | undefined {
  if (sqlAt === undefined) return undefined;
  const sql = message.slice(sqlAt);
  return durationMs === undefined ? { kind, sql } : { kind, durationMs, sql };
}

/** The text begins behind `<name>: `; the name is the client's and may hold anything but a line end. */
function endOfName(message: string, start: number): number | undefined {
  const end = message.indexOf(': ', start);
  if (end < 0 || end - start > longestName) return undefined;
  for (let at = start; at < end; at++) if (message.charCodeAt(at) === 0x0a) return undefined;
  return end + 2;
}

/** `12.345` as the server writes it, three decimals always. */
function millisecondsOf(message: string, start: number, end: number): number | undefined {
  const point = end - 4;
  if (point <= start || end - start > 17 || message.charCodeAt(point) !== 0x2e) return undefined;
  let thousandths = 0;
  for (let at = start; at < end; at++) {
    if (at === point) continue;
    const digit = message.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    thousandths = thousandths * 10 + digit;
  }
  return thousandths / 1000;
}

function parseAnyLanguage(message: string): StatementMessage | undefined {
  const duration = durationPattern.exec(message);
  const rest = duration ? message.slice(duration[0].length) : message;
  const durationMs = duration ? Number(duration[1]) : undefined;
  if (durationMs !== undefined && rest === '') return { kind: 'duration', durationMs };
  for (const { kind, pattern } of steps) {
    const match = pattern.exec(rest);
    if (!match) continue;
    const sql = rest.slice(match[0].length);
    return durationMs === undefined ? { kind, sql } : { kind, durationMs, sql };
  }
  return undefined;
}
