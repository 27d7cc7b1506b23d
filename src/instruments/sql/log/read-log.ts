import { Failure } from '../../../model/failure.ts';
import type { LogCoverage, LogFormat, LoggedStatement, QueryLog } from '../../../model/query-log.ts';
import { createStatementAssembler } from './assemble-statements.ts';
import { compressionOf, looksBinary } from './binary-input.ts';
import { createCsvParser, isCsvHead } from './csv-log.ts';
import { createJsonParser, isJsonHead } from './json-log.ts';
import type { LogFault, LogLine, LogParser, LogSink } from './log-entry.ts';
import { createLineSplitter } from './split-lines.ts';
import { createStderrParser, stderrHead } from './stderr-log.ts';

/** Enough of the beginning to know a compressed or binary file by. */
const probeBytes = 8 * 1024;

const parsers: Readonly<Record<LogFormat, (sink: LogSink) => LogParser>> = {
  csvlog: createCsvParser,
  jsonlog: createJsonParser,
  stderr: createStderrParser,
};

type Counts = { -readonly [K in Exclude<keyof LogCoverage, 'formats'>]: number };

const countOfFault = {
  unrecognised: 'unrecognisedLines',
  damaged: 'damagedRecords',
  cut: 'cutRecords',
} as const satisfies Record<LogFault, keyof Counts>;

/**
 * Reads a PostgreSQL log of whichever format into its statements, in bounded memory and while it still grows.
 *
 * The format is that of the first line that looks like one, so a log may begin in the middle of a record.
 * Iterating throws `log-empty`, `log-binary` or `log-unrecognised`, and whatever `input` throws.
 *
 * @param options.path - how failures name the log
 */
export function readQueryLog(input: AsyncIterable<Buffer>, options: { readonly path: string }): QueryLog {
  const counts: Counts = { bytes: 0, lines: 0, unrecognisedLines: 0, damagedRecords: 0, cutRecords: 0 };
  let format: LogFormat | undefined;
  return {
    coverage: () => ({ formats: format ? [format] : [], ...counts }),
    [Symbol.asyncIterator]: () =>
      readStatements(input, options.path, counts, (found) => {
        format = found;
      }),
  };
}

async function* readStatements(
  input: AsyncIterable<Buffer>,
  path: string,
  counts: Counts,
  tell: (format: LogFormat) => void,
): AsyncGenerator<LoggedStatement> {
  let ready: LoggedStatement[] = [];
  let statements = 0;
  const assembler = createStatementAssembler((statement) => ready.push(statement));
  const sink: LogSink = {
    entry: (entry) => assembler.add(entry),
    fault: (fault) => {
      counts[countOfFault[fault]]++;
    },
  };
  let parser: LogParser | undefined;
  let unwrap: (text: string) => string = (text) => text;
  const splitter = createLineSplitter((line) => {
    counts.lines++;
    if (!parser) {
      const bare = counts.lines === 1 ? { ...line, text: line.text.replace(/^\uFEFF/, '') } : line;
      unwrap = unwrapperFor(bare.text);
      const format = formatOf(unwrap(bare.text));
      if (format) {
        tell(format);
        parser = parsers[format](sink);
      } else if (bare.text !== '') sink.fault('unrecognised');
      if (parser) parser.add(unwrapped(bare, unwrap));
    } else parser.add(unwrapped(line, unwrap));
  });

  let probe: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of input) {
    counts.bytes += chunk.length;
    if (probe) {
      probe = Buffer.concat([probe, chunk.subarray(0, probeBytes)]);
      refuseBinary(probe, path);
      if (probe.length >= probeBytes) probe = undefined;
    }
    splitter.add(chunk);
    statements += ready.length;
    yield* ready;
    ready = [];
  }
  splitter.end();
  parser?.end();
  assembler.end();
  statements += ready.length;
  if (counts.bytes === 0) throw new Failure('log-empty', { path });
  if (statements === 0) throw new Failure('log-unrecognised', { path, lines: counts.lines });
  yield* ready;
}

function refuseBinary(beginning: Buffer, path: string): void {
  const compression = compressionOf(beginning);
  if (compression) throw new Failure('log-binary', { path, what: `compressed with ${compression}` });
  if (looksBinary(beginning)) throw new Failure('log-binary', { path });
}

function formatOf(text: string): LogFormat | undefined {
  if (isJsonHead(text)) return 'jsonlog';
  if (isCsvHead(text)) return 'csvlog';
  return stderrHead(text) ? 'stderr' : undefined;
}

/** `docker compose logs` puts `name  | ` before each line; its own prefix is the same for the whole log. */
function unwrapperFor(text: string): (text: string) => string {
  const wrapper = /^[\w.-]+ +\| /;
  return wrapper.test(text) ? (wrapped) => wrapped.replace(wrapper, '') : (bare) => bare;
}

function unwrapped(line: LogLine, unwrap: (text: string) => string): LogLine {
  return { text: unwrap(line.text), end: line.end };
}
