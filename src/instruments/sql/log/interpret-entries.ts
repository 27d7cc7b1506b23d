import type { AssembledText, AssembledValues, StatementEntry } from './assemble-statements.ts';
import { errorClass } from './error-class.ts';
import type { LogEntry, LogSession } from './log-entry.ts';
import { parseMessage } from './parse-message.ts';
import { parsePlan } from './parse-plan.ts';

/** How texts and lists of values are taken in. */
interface EntryReaders<T extends AssembledText, V extends AssembledValues> {
  text(sql: string, cut: boolean): T;
  /** `undefined` where the text of a DETAIL or CONTEXT holds no list of values. */
  values(text: string): V | undefined;
}

/** Statements that we sent ourselves are none of the service's. */
const ownTag = '/* chokepoint */';

/** Says of each entry what it tells about a statement; entries that tell nothing, not even an end, are dropped. */
export function createEntryInterpreter<T extends AssembledText, V extends AssembledValues>(
  readers: EntryReaders<T, V>,
  take: (entry: StatementEntry<T, V>) => void,
): (entry: LogEntry) => void {
  // A step's values are those of its execution, which has them too.
  let stepOf: LogSession | undefined;

  const log = (entry: LogEntry) => {
    const { text, cut } = entry;
    const message = parseMessage(text);
    if (!message) {
      const plan = parsePlan(text);
      if (!plan) {
        take(make(entry, { kind: 'message' }));
        return;
      }
      const values = plan.parameters === undefined ? undefined : readers.values(`Parameters: ${plan.parameters}`);
      const { durationMs } = plan;
      take(make(entry, { kind: 'plan', durationMs, text: readers.text(plan.sql, cut), values, plan: plan.plan }));
      return;
    }
    const { durationMs } = message;
    if (message.kind === 'parse' || message.kind === 'bind') {
      stepOf = entry.who;
      take(make(entry, { kind: message.kind, durationMs }));
    } else if (message.kind === 'duration') take(make(entry, { kind: 'duration', durationMs }));
    else if (message.sql.startsWith(ownTag)) take(make(entry, { kind: 'message' }));
    else take(make(entry, { kind: message.kind, durationMs, text: readers.text(message.sql, cut) }));
  };

  return (entry) => {
    const { who, field, text, cut } = entry;
    const isOfStep = stepOf === who && (field === 'detail' || field === 'context');
    if (!isOfStep) stepOf = undefined;
    if (field === 'log') log(entry);
    else if (field === 'error') take(make(entry, { kind: 'error', error: errorClass(entry) }));
    else if (field === 'other') take(make(entry, { kind: 'message' }));
    else if (field === 'statement') take(make(entry, { kind: 'failed', text: readers.text(text, cut) }));
    else if (!isOfStep) {
      const values = readers.values(text);
      if (values) take(make(entry, { kind: 'values', values }));
    }
  };
}

type Told<T extends AssembledText, V extends AssembledValues> = Pick<StatementEntry<T, V>, 'kind'> &
  Partial<Pick<StatementEntry<T, V>, 'durationMs' | 'text' | 'values' | 'error' | 'plan'>>;

function make<T extends AssembledText, V extends AssembledValues>(
  { who, timestamp }: LogEntry,
  { kind, durationMs, text, values, error, plan }: Told<T, V>,
): StatementEntry<T, V> {
  return { who, timestamp, kind, durationMs, text, values, error, plan };
}
