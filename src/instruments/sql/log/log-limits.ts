import type { TextDigest } from './digest-text.ts';
import type { ValuesDigest } from './digest-values.ts';

/** What is looked at in a statement. */
interface LimitedStatement {
  readonly text: Pick<TextDigest<unknown>, 'hasPlaceholders'>;
  readonly values: ValuesDigest | undefined;
  /** NaN where it is unknown, as the next. */
  readonly durationMs: number;
  readonly timestamp: number;
  readonly session: string;
  readonly error: string | undefined;
}

/** Below this every server has statements: a log without any holds slow ones only. */
const fastMs = 1;
/** So many statements show whether there are fast ones. */
const enoughStatements = 20;

/** Watches what a log leaves out, and says what that means for the report. */
export function createLogLimits(): { add(statement: LimitedStatement): void; warnings(): readonly string[] } {
  let statements = 0;
  let timed = 0;
  let fastestMs = Number.POSITIVE_INFINITY;
  let withoutSession = 0;
  let withoutTime = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  let backwards = 0;
  let finerThanSeconds = false;
  let placeholders = 0;
  let withoutValues = 0;
  let cutValues = 0;

  return {
    add({ text, values, durationMs, timestamp, session, error }) {
      statements++;
      if (session === '') withoutSession++;
      if (Number.isNaN(timestamp)) withoutTime++;
      else if (!finerThanSeconds && timestamp % 1000 !== 0) finerThanSeconds = true;
      if (timestamp < lastAt) backwards++;
      lastAt = timestamp;
      if (!Number.isNaN(durationMs)) {
        timed++;
        if (durationMs < fastestMs) fastestMs = durationMs;
      }
      // Errors have their values only where log_parameter_max_length_on_error says so.
      if (error === undefined && (values || text.hasPlaceholders)) {
        placeholders++;
        if (!values) withoutValues++;
        if (values?.cut) cutValues++;
      }
    },
    warnings() {
      const found: [boolean, string][] = [
        [
          withoutSession > 0,
          `${share(withoutSession, statements)} statements name no process (%p) or session (%c) in log_line_prefix: no loops are looked for among them`,
        ],
        [
          withoutTime > 0,
          `${share(withoutTime, statements)} statements have no time (%m) in log_line_prefix: pauses between them are unknown, and no duplicates are looked for`,
        ],
        [
          !finerThanSeconds && withoutTime < statements && statements >= enoughStatements,
          'times are whole seconds (%t): pauses of up to a second count as none; %m in log_line_prefix has milliseconds',
        ],
        [
          statements >= enoughStatements && backwards > statements / 2,
          'times run backwards: the log seems to be sorted with the newest first, so that no loop can be seen in it (gcloud logging read has --order=asc)',
        ],
        [
          timed === 0 && statements > 0,
          'no durations were logged: set log_min_duration_statement = 0, or log_duration = on beside log_statement = all',
        ],
        [
          timed >= enoughStatements && fastestMs >= fastMs,
          `no statement took less than ${fastestMs} ms: log_min_duration_statement seems to keep the fast ones out, and most loops consist of fast ones`,
        ],
        [
          withoutValues > 0,
          `${share(withoutValues, placeholders)} statements with placeholders have no values (log_parameter_max_length): repeats of the same row cannot be told from others`,
        ],
        [
          cutValues > 0,
          `${share(cutValues, placeholders)} statements with placeholders have values that were cut (log_parameter_max_length): those are not compared`,
        ],
      ];
      return found.filter(([applies]) => applies).map(([, sentence]) => sentence);
    },
  };
}

function share(part: number, whole: number): string {
  return part === whole ? `all ${whole}` : `${part} of ${whole}`;
}
