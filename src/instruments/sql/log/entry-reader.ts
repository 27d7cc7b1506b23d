import { Failure } from '../../../model/failure.ts';
import type { LogFormat } from '../../../model/query-log.ts';
import { compressionOf, looksBinary } from './binary-input.ts';
import { createCsvParser } from './csv-log.ts';
import { createFormatProbe } from './format-probe.ts';
import { createJsonEventReader, type JsonEventPlace } from './json-events.ts';
import { createJsonParser } from './json-log.ts';
import type { LineEnd, LogFault, LogParser, LogSink } from './log-entry.ts';
import { createLineSplitter } from './split-lines.ts';
import { createStderrParser } from './stderr-log.ts';
import { createUnwrapper, jsonEventPlaceOf, type LineUnwrapper, type Wrapping, wrappingOf } from './wrapping.ts';

/** How a log is written, as far as its beginning tells; any part of it can be read by this. */
export interface LogLayout {
  readonly format: LogFormat;
  readonly wrapping: Wrapping;
  readonly carriageReturns: boolean;
  readonly linePrefix: string | undefined;
}

/** What was counted while reading. */
export type LogCounts = Record<'lines' | 'unrecognisedLines' | 'damagedRecords' | 'cutRecords', number>;

/** Reads bytes into entries, which it hands on as soon as they are complete. */
export interface EntryReader {
  readonly counts: Readonly<LogCounts>;
  add(chunk: Buffer): void;
  end(): void;
  /** The format once it is known; the layout with it where the log can be read in parts. */
  format(): LogFormat | undefined;
  layout(): LogLayout | undefined;
}

/** Enough of the beginning to know a compressed or binary file by. */
const probeBytes = 8 * 1024;
/** So much of a first line tells a JSON document. */
const sniffedBytes = 4 * 1024;

const countOfFault = {
  unrecognised: 'unrecognisedLines',
  damaged: 'damagedRecords',
  cut: 'cutRecords',
} as const satisfies Record<LogFault, keyof LogCounts>;

/**
 * Reads a PostgreSQL log of whichever format and wrapping, in bounded memory and while it still grows.
 *
 * The format is that of the first records, so that a log may begin in the middle of one. `add` throws
 * `log-binary` for what is no text.
 *
 * @param options.path - how failures name the log
 * @param options.linePrefix - the server's `log_line_prefix`, where it is known
 * @param options.layout - of a log whose beginning was read by another reader
 */
export function createEntryReader(
  take: LogSink['entry'],
  options: { readonly path: string; readonly linePrefix?: string | undefined; readonly layout?: LogLayout },
): EntryReader {
  const { path, linePrefix, layout } = options;
  const counts: LogCounts = { lines: 0, unrecognisedLines: 0, damagedRecords: 0, cutRecords: 0 };
  const sink: LogSink = {
    entry: take,
    fault: (fault) => {
      counts[countOfFault[fault]]++;
    },
  };
  let format = layout?.format;
  let parser: LogParser | undefined = format && createParser(format, sink, linePrefix);
  let wrapping = layout?.wrapping;
  let unwrapper: LineUnwrapper | undefined;
  let probe = layout ? undefined : Buffer.alloc(0);
  let eventPlace: JsonEventPlace | undefined;

  const formatProbe = createFormatProbe(linePrefix);

  const settle = (found: LogFormat) => {
    format = found;
    parser = createParser(found, sink, linePrefix);
    for (const { text, end } of formatProbe.kept) parser.add(text, end);
  };

  const addBare = (text: string, end: LineEnd) => {
    if (parser) {
      parser.add(text, end);
      return;
    }
    const found = formatProbe.add(text, end);
    if (found) settle(found);
    else if (formatProbe.kept.length === 0 && text !== '') sink.fault('unrecognised');
  };

  const addLine = (text: string, end: LineEnd) => {
    counts.lines++;
    if (wrapping === 'none') {
      addBare(text, end);
      return;
    }
    const marked = unwrapper ? text : text.replace(/^\uFEFF/, '');
    wrapping ??= wrappingOf(marked);
    unwrapper ??= createUnwrapper(wrapping, addBare);
    unwrapper.add(marked, end);
  };

  const lines = createLineSplitter(addLine, layout?.carriageReturns);
  let bytes: { add(chunk: Buffer): void; end(): void } | undefined = layout && lines;

  const begin = (beginning: Buffer) => {
    eventPlace = jsonEventPlaceOf(beginning.toString('utf8', 0, sniffedBytes));
    bytes = eventPlace ? createJsonEventReader(eventPlace, addLine, () => sink.fault('damaged')) : lines;
    bytes.add(beginning);
  };

  return {
    counts,
    add(chunk) {
      if (probe) {
        const beginning = Buffer.concat([probe, chunk.subarray(0, probeBytes)]);
        refuseBinary(beginning, path);
        probe = beginning.length >= probeBytes ? undefined : beginning;
        if (!bytes && probe && probe.length < sniffedBytes && !probe.includes(0x0a)) return;
        if (!bytes) {
          begin(Buffer.concat([beginning.subarray(0, beginning.length - Math.min(chunk.length, probeBytes)), chunk]));
          return;
        }
      }
      bytes?.add(chunk);
    },
    end() {
      if (!bytes && probe) begin(probe);
      bytes?.end();
      unwrapper?.end();
      const likely = parser ? undefined : formatProbe.end();
      if (likely) settle(likely);
      parser?.end();
    },
    format: () => format,
    layout() {
      const carriageReturns = lines.hasCarriageReturns();
      if (!format || eventPlace || !wrapping || wrapping === 'syslog' || carriageReturns === undefined)
        return undefined;
      return { format, wrapping, carriageReturns, linePrefix };
    },
  };
}

function createParser(format: LogFormat, sink: LogSink, linePrefix: string | undefined): LogParser {
  if (format === 'csvlog') return createCsvParser(sink);
  return format === 'jsonlog' ? createJsonParser(sink) : createStderrParser(sink, linePrefix);
}

function refuseBinary(beginning: Buffer, path: string): void {
  const compression = compressionOf(beginning);
  if (compression) throw new Failure('log-binary', { path, what: `compressed with ${compression}` });
  if (looksBinary(beginning)) throw new Failure('log-binary', { path });
}
