import type { StatementEntry, StatementEntryKind } from './assemble-statements.ts';
import { createTextDigester, type TextDigest } from './digest-text.ts';
import { digestValues, type ValuesDigest } from './digest-values.ts';
import { createEntryReader, type EntryReader, type LogCounts, type LogLayout } from './entry-reader.ts';
import { createEntryInterpreter } from './interpret-entries.ts';
import type { AnalyzedShape } from './log-analysis.ts';
import type { LogSession } from './log-entry.ts';

/**
 * The entries of one block as numbers, which is what one thread can hand to another at little cost.
 *
 * Sessions and shapes are numbered by the thread that read them, and named once, in the batch in which they come first.
 */
export interface DigestBatch {
  /** {@link stride} numbers for each entry. */
  readonly numbers: Float64Array;
  readonly count: number;
  /** The sessions are numbered anew, with those of this batch. */
  readonly isFreshSessions: boolean;
  /** Shapes of smaller numbers do not come again after this batch. */
  readonly firstShape: number;
  readonly sessions: readonly string[];
  readonly shapes: readonly string[];
  readonly errors: readonly string[];
  /** Plans and lists of values that are kept, by the number of their entry. */
  readonly plans: ReadonlyMap<number, string>;
  readonly lists: ReadonlyMap<number, string>;
  readonly counts: LogCounts;
}

const kinds = [
  'statement',
  'execute',
  'fetch',
  'parse',
  'bind',
  'duration',
  'plan',
  'values',
  'error',
  'failed',
  'message',
] as const satisfies readonly StatementEntryKind[];
const kindNumbers = new Map<StatementEntryKind, number>(kinds.map((kind, number) => [kind, number] as const));

/** kind, session, timestamp, duration, shape or error, identity of the text, hash of the values, flags. */
const stride = 8;
const flags = { hasPlaceholders: 1, cut: 2, valuesCut: 4, hasValues: 8, hasPlan: 16 } as const;

const maxSessions = 20_000;

interface NumberedShape {
  readonly number: number;
  slowestPlanMs: number;
}

/** Reads blocks of one log, each of which begins where a record does. */
export function createBatchMaker(options: {
  readonly path: string;
  readonly keepsLists: boolean;
}): (block: Buffer, layout: LogLayout) => DigestBatch {
  let numbers = new Float64Array(stride * 4096);
  let count = 0;
  let sessions: string[] = [];
  let shapes: string[] = [];
  let errors: string[] = [];
  let plans = new Map<number, string>();
  let lists = new Map<number, string>();
  let shapeCount = 0;
  let firstShape = 0;
  let sessionNumbers = new Map<string, number>();
  let errorNumbers = new Map<string, number>();

  const text = createTextDigester<NumberedShape>(
    (shapeText) => {
      shapes.push(shapeText);
      return { number: shapeCount++, slowestPlanMs: -1 };
    },
    () => {
      firstShape = shapeCount;
    },
  );

  const sessionNumber = (session: string): number => {
    const known = sessionNumbers.get(session);
    if (known !== undefined) return known;
    const number = sessionNumbers.size;
    sessionNumbers.set(session, number);
    sessions.push(session);
    return number;
  };

  const errorNumber = (error: string): number => {
    const known = errorNumbers.get(error);
    if (known !== undefined) return known;
    errorNumbers.set(error, errors.length);
    errors.push(error);
    return errors.length - 1;
  };

  const take = (entry: Readonly<StatementEntry<TextDigest<NumberedShape>, ValuesDigest>>) => {
    const { kind, who, timestamp, durationMs, values, error, plan } = entry;
    if ((count + 1) * stride > numbers.length) {
      const larger = new Float64Array(numbers.length * 2);
      larger.set(numbers);
      numbers = larger;
    }
    const at = count * stride;
    const digest = entry.text;
    numbers[at] = kindNumbers.get(kind) ?? 0;
    numbers[at + 1] = sessionNumber(who.session);
    numbers[at + 2] = timestamp;
    numbers[at + 3] = durationMs;
    numbers[at + 4] = digest ? digest.shape.number : error === undefined ? -1 : errorNumber(error);
    numbers[at + 5] = digest?.identity ?? 0;
    numbers[at + 6] = values?.hash ?? 0;
    let flag = 0;
    if (digest?.hasPlaceholders) flag |= flags.hasPlaceholders;
    if (digest?.cut) flag |= flags.cut;
    if (values) flag |= flags.hasValues;
    if (values?.cut) flag |= flags.valuesCut;
    if (plan !== undefined && digest && durationMs > digest.shape.slowestPlanMs) {
      digest.shape.slowestPlanMs = durationMs;
      flag |= flags.hasPlan;
      plans.set(count, plan);
    }
    if (values?.list !== undefined) lists.set(count, values.list);
    numbers[at + 7] = flag;
    count++;
  };

  // One reader for all blocks of a layout: a new one would have to be compiled anew by the engine.
  let reader: EntryReader | undefined;
  let readLayout = '';
  const interpret = createEntryInterpreter(
    { text, values: (list: string) => digestValues(list, options.keepsLists) },
    take,
  );
  const readerOf = (layout: LogLayout): EntryReader => {
    const wanted = JSON.stringify(layout);
    if (!reader || readLayout !== wanted) {
      reader = createEntryReader(interpret, { path: options.path, layout, linePrefix: layout.linePrefix });
      readLayout = wanted;
    }
    return reader;
  };

  return (block, layout) => {
    const isFreshSessions = sessionNumbers.size > maxSessions;
    if (isFreshSessions) sessionNumbers = new Map();
    const reader = readerOf(layout);
    const before = { ...reader.counts };
    reader.add(block);
    reader.end();
    const batch = {
      ...{ numbers: numbers.slice(0, count * stride), count, isFreshSessions, firstShape },
      ...{ sessions, shapes, errors, plans, lists },
      counts: {
        lines: reader.counts.lines - before.lines,
        unrecognisedLines: reader.counts.unrecognisedLines - before.unrecognisedLines,
        damagedRecords: reader.counts.damagedRecords - before.damagedRecords,
        cutRecords: reader.counts.cutRecords - before.cutRecords,
      },
    };
    count = 0;
    [sessions, shapes, errors, plans, lists] = [[], [], [], new Map(), new Map()];
    errorNumbers = new Map();
    return batch;
  };
}

type DigestedEntry = StatementEntry<TextDigest<AnalyzedShape>, ValuesDigest>;

/** Reads the batches of one thread, in their order; `take` gets the same object each time. */
export function createBatchReader(take: (entry: Readonly<DigestedEntry>) => void): (batch: DigestBatch) => void {
  let sessions: LogSession[] = [];
  const shapes: AnalyzedShape[] = [];
  /** The last text of each shape: most have placeholders, so that the next one is the same. */
  const texts: (TextDigest<AnalyzedShape> | undefined)[] = [];
  let firstShape = 0;
  const textOf = (index: number, shape: AnalyzedShape, identity: number, flag: number): TextDigest<AnalyzedShape> => {
    const hasPlaceholders = (flag & flags.hasPlaceholders) !== 0;
    const cut = (flag & flags.cut) !== 0;
    const last = texts[index];
    if (last?.identity === identity && last.hasPlaceholders === hasPlaceholders && last.cut === cut) return last;
    const text = { identity, size: 0, shape, hasPlaceholders, cut };
    texts[index] = text;
    return text;
  };
  const entry: DigestedEntry = {
    ...{ who: { session: '' }, timestamp: Number.NaN, kind: 'message', durationMs: Number.NaN },
    ...{ text: undefined, values: undefined, error: undefined, plan: undefined },
  };
  return (batch) => {
    const { numbers, count, errors, plans, lists } = batch;
    if (batch.isFreshSessions) sessions = [];
    for (const session of batch.sessions) sessions.push({ session });
    for (const text of batch.shapes) shapes.push({ text, known: undefined });
    for (let number = 0; number < count; number++) {
      const at = number * stride;
      const subject = numbers[at + 4] ?? -1;
      const flag = numbers[at + 7] ?? 0;
      const who = sessions[numbers[at + 1] ?? 0];
      if (!who) throw new RangeError('a batch names a session that nobody has numbered');
      entry.who = who;
      entry.kind = kinds[numbers[at] ?? 0] ?? 'message';
      entry.timestamp = numbers[at + 2] ?? Number.NaN;
      entry.durationMs = numbers[at + 3] ?? Number.NaN;
      entry.error = entry.kind === 'error' ? errors[subject] : undefined;
      const shape = entry.kind === 'error' ? undefined : shapes[subject - firstShape];
      entry.text = shape && textOf(subject - firstShape, shape, numbers[at + 5] ?? 0, flag);
      const hasValues = (flag & flags.hasValues) !== 0;
      entry.values = hasValues
        ? { hash: numbers[at + 6] ?? 0, cut: (flag & flags.valuesCut) !== 0, size: 0, list: lists.get(number) }
        : undefined;
      entry.plan = (flag & flags.hasPlan) === 0 ? undefined : plans.get(number);
      take(entry);
    }
    shapes.splice(0, batch.firstShape - firstShape);
    texts.splice(0, batch.firstShape - firstShape);
    firstShape = batch.firstShape;
  };
}
