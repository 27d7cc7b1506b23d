import type { AssembledText, AssembledValues, StatementEntry } from './assemble-statements.ts';
import { errorClass } from './error-class.ts';
import type { LogEntry } from './log-entry.ts';
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

/**
 * Says of each entry what it tells about a statement; entries that tell nothing, not even an end, are dropped. `take` gets
 * the same object each time.
 */
export function createEntryInterpreter<T extends AssembledText, V extends AssembledValues>(
  readers: EntryReaders<T, V>,
  take: (entry: Readonly<StatementEntry<T, V>>) => void,
): (entry: Readonly<LogEntry>) => void {
  const told: StatementEntry<T, V> = {
    ...{ who: { session: '' }, timestamp: Number.NaN, kind: 'message', durationMs: Number.NaN },
    ...{ text: undefined, values: undefined, error: undefined, plan: undefined },
  };

  const tellPlan = (message: string, cut: boolean) => {
    const plan = parsePlan(message);
    if (!plan) return;
    told.kind = 'plan';
    told.durationMs = plan.durationMs;
    told.text = readers.text(plan.sql, cut);
    told.plan = plan.plan;
    if (plan.parameters !== undefined) told.values = readers.values(`Parameters: ${plan.parameters}`);
  };

  const tellLog = (text: string, cut: boolean) => {
    const message = parseMessage(text);
    if (!message) {
      tellPlan(text, cut);
      return;
    }
    if (message.kind !== 'duration' && message.sql.startsWith(ownTag)) return;
    told.kind = message.kind;
    told.durationMs = message.durationMs ?? Number.NaN;
    if (message.kind === 'statement' || message.kind === 'execute' || message.kind === 'fetch') {
      told.text = readers.text(message.sql, cut);
    }
  };

  return (entry) => {
    const { field, text } = entry;
    told.who = entry.who;
    told.timestamp = entry.timestamp;
    told.kind = 'message';
    told.durationMs = Number.NaN;
    told.text = undefined;
    told.values = undefined;
    told.error = undefined;
    told.plan = undefined;
    if (field === 'log') tellLog(text, entry.cut);
    else if (field === 'error') {
      told.kind = 'error';
      told.error = errorClass(entry);
    } else if (field === 'statement') {
      told.kind = 'failed';
      told.text = readers.text(text, entry.cut);
    } else if (field !== 'other') {
      told.kind = 'values';
      told.values = readers.values(text);
      if (!told.values) return;
    }
    take(told);
  };
}
