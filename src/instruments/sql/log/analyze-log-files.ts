import { availableParallelism } from 'node:os';
import { Failure } from '../../../model/failure.ts';
import type { LogCoverage, LogFormat, LogSettings, QueryLogReport } from '../../../model/query-log.ts';
import { loadParser } from '../statement.ts';
import { createStatementAssembler, type StatementEntry } from './assemble-statements.ts';
import { createBlockCutter } from './block-cutter.ts';
import { createDigestPool, type DigestPool } from './digest-pool.ts';
import { createTextDigester, type TextDigest } from './digest-text.ts';
import { digestValues, type ValuesDigest } from './digest-values.ts';
import { createEntryReader, type EntryReader, type LogCounts, type LogLayout } from './entry-reader.ts';
import { createEntryInterpreter } from './interpret-entries.ts';
import { type AnalyzedShape, createLogAnalysis } from './log-analysis.ts';
import { sumOfCoverages } from './open-log.ts';
import { refuseEmpty } from './read-log.ts';

/** A log, or a part of one. */
export interface LogSource {
  /** How failures and the report name it. */
  readonly name: string;
  /** @param note - takes sentences about what went on while it was read */
  open(note: (sentence: string) => void): AsyncIterable<Buffer>;
}

interface AnalyzeOptions {
  /** Keep one text of each statement with its literals and values, which are else left out. */
  readonly examples: boolean;
  /** The server's `log_line_prefix`, where it is known. */
  readonly linePrefix?: string | undefined;
  /** What is known of the log besides its text. */
  readonly notes?: readonly string[];
  readonly settings?: LogSettings | undefined;
  /** Threads that read; by default two, where there are two cores. */
  readonly threads?: number | undefined;
}

/** A log that is smaller is read before threads have started. */
const bytesWithoutThreads = 8 * 1024 * 1024;
/** Bytes that a thread gets at once; with 512 KiB a csvlog took 100 MB of memory more, and no less time. */
const blockBytes = 256 * 1024;
/** A record is not larger, unless it is cut anyway. */
const mostBlockBytes = 8 * 1024 * 1024;
/** Each costs some 50 MB, and the report is promised within 300; more are to be asked for. */
const mostThreads = 2;

type Entry = StatementEntry<TextDigest<AnalyzedShape>, ValuesDigest>;

/**
 * Reads logs one after the other, oldest first, as one, and says what they tell.
 *
 * A large log is read by several threads, in blocks; what they find is put together in the order of the log, so that the
 * report is the same. One source that holds no statement is refused (`log-empty`, `log-unrecognised`); among several it
 * is passed over.
 *
 * @param source - how the report names the whole
 */
export async function analyzeLogFiles(
  sources: readonly LogSource[],
  source: string,
  options: AnalyzeOptions,
): Promise<QueryLogReport> {
  await loadParser();
  const { examples, linePrefix, settings } = options;
  const analysis = createLogAnalysis({ examples });
  const assembler = createStatementAssembler<TextDigest<AnalyzedShape>, ValuesDigest>(analysis.add);
  const digestText = createTextDigester<AnalyzedShape>((text) => ({ text, known: undefined }));
  const notes: string[] = [...(options.notes ?? [])];
  const refusals: Failure[] = [];
  const coverages: LogCoverage[] = [];
  const { threads = Math.min(availableParallelism(), mostThreads) } = options;
  let pool: DigestPool | undefined;
  let current: Progress = newProgress();
  let bytesBefore = 0;
  const take = (entry: Entry) => {
    if (entry.text) current.statements++;
    assembler.add(entry);
  };
  const count = (counts: Readonly<LogCounts>) => {
    for (const key of countNames) current.counts[key] += counts[key];
  };
  const tools: ReadingTools = {
    openReader: (name, layout) => {
      const readers = { text: digestText, values: (list: string) => digestValues(list, examples) };
      return createEntryReader(createEntryInterpreter(readers, take), {
        ...{ path: name, linePrefix },
        ...(layout ? { layout } : {}),
      });
    },
    count,
    /** Threads are worth their start once so much has been read. */
    openPool: () => {
      if (threads < 2 || bytesBefore + current.bytes < bytesWithoutThreads) return undefined;
      pool ??= createDigestPool(threads, { path: source, keepsLists: examples }, take, count);
      return pool;
    },
  };

  try {
    for (const { name, open } of sources) {
      current = newProgress();
      try {
        const format = await readLog(
          name,
          open((sentence) => notes.push(sentence)),
          current,
          tools,
        );
        const { bytes, counts, statements } = current;
        refuseEmpty({ bytes, statements, reader: { counts }, path: name });
        coverages.push({ formats: format ? [format] : [], bytes, ...counts });
      } catch (error) {
        if (sources.length === 1 || !isRefusal(error)) throw error;
        refusals.push(error);
        notes.push(`passed over: ${error.message}`);
      }
      bytesBefore += current.bytes;
    }
  } finally {
    await pool?.close();
  }
  assembler.end();
  const [refusal] = refusals;
  if (refusal && refusals.length === sources.length) throw refusal;
  const coverage: LogCoverage = {
    ...coverages.reduce(sumOfCoverages),
    ...(sources.length > 1 ? { files: sources.map(({ name }) => name) } : {}),
    ...(settings ? { settings } : {}),
  };
  return analysis.report(source, coverage, notes);
}

function isRefusal(error: unknown): error is Failure {
  return error instanceof Failure && /^log-(?:empty|unrecognised|binary)$/.test(error.code);
}

/** What has been read of one log. */
interface Progress {
  bytes: number;
  /** Texts of statements, some of which tell of the same execution. */
  statements: number;
  readonly counts: LogCounts;
}

const countNames = ['lines', 'unrecognisedLines', 'damagedRecords', 'cutRecords'] as const;

function newProgress(): Progress {
  return {
    ...{ bytes: 0, statements: 0 },
    counts: { lines: 0, unrecognisedLines: 0, damagedRecords: 0, cutRecords: 0 },
  };
}

interface ReadingTools {
  openReader(name: string, layout?: LogLayout): EntryReader;
  count(counts: Readonly<LogCounts>): void;
  openPool(): DigestPool | undefined;
}

/** Reads one log: its beginning here, the rest of a large one by threads. */
async function readLog(
  name: string,
  input: AsyncIterable<Buffer>,
  progress: Progress,
  { openReader, openPool, count }: ReadingTools,
): Promise<LogFormat | undefined> {
  let reader: EntryReader | undefined = openReader(name);
  let format: LogFormat | undefined;
  let layout: LogLayout | undefined;
  let cutter: ReturnType<typeof createBlockCutter> | undefined;
  let pool: DigestPool | undefined;
  let parts: Buffer[] = [];
  let size = 0;
  /** Up to where no record begins in the parts. */
  let searched = 0;

  const endReader = () => {
    reader?.end();
    if (reader) count(reader.counts);
    format ??= reader?.format();
    reader = undefined;
  };

  /** Reads on here, and hands over to the threads at the next place where a record begins. */
  const readHere = (chunk: Buffer) => {
    pool ??= openPool();
    layout ??= pool && reader?.layout();
    cutter ??= layout && createBlockCutter(layout);
    const place = cutter?.(chunk, 0) ?? 0;
    reader?.add(place === 0 ? chunk : chunk.subarray(0, place));
    if (place === 0) return;
    endReader();
    parts = [chunk.subarray(place)];
    size = chunk.length - place;
  };

  for await (const chunk of input) {
    progress.bytes += chunk.length;
    if (reader) {
      readHere(chunk);
      continue;
    }
    parts.push(chunk);
    size += chunk.length;
    if (size < blockBytes || !layout || !cutter || !pool) continue;
    const block = joined(parts, size);
    const place = cutter(block, searched);
    searched = 0;
    if (place > 0) {
      // The rest is copied, since the memory of the block goes to the thread.
      const rest = Buffer.from(block.subarray(place));
      await pool.add({ block: block.subarray(0, place), layout });
      parts = [rest];
      size = rest.length;
    } else if (size > mostBlockBytes) {
      // A record that is larger than anybody wants to know.
      await pool.drain();
      reader = openReader(name, layout);
      reader.add(block);
      parts = [];
      size = 0;
    } else {
      parts = [block];
      // Its last line may go on.
      searched = Math.max(0, block.lastIndexOf(0x0a) - 1);
    }
  }
  if (pool && layout && size > 0) await pool.add({ block: joined(parts, size), layout });
  await pool?.drain();
  endReader();
  return format;
}

/** In memory of its own, which can be given away. */
function joined(parts: readonly Buffer[], size: number): Buffer<ArrayBuffer> {
  const whole = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const part of parts) at += part.copy(whole, at);
  return whole;
}
