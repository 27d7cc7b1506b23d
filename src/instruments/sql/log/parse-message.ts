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
