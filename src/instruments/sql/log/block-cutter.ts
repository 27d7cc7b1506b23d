import { isCertainCsvHead, isCsvHead } from './csv-log.ts';
import type { LogLayout } from './entry-reader.ts';
import { createHeadReader } from './head-reader.ts';
import { stripper } from './wrapping.ts';

/** Bytes of a line by which it is known to begin a record. */
const sniffedBytes = 1_000;
const newline = 0x0a;
const tab = 0x09;

/** Details, statements and hints belong to the record before them, which is not to be cut from them. */
const beginsRecord = (field: string | undefined) => field === 'log' || field === 'error' || field === 'other';

/**
 * Finds where a block of a log can be cut: the last place at which a record begins. What lies before it can be read
 * without what lies behind it, and the other way round.
 *
 * @returns the place's offset; 0 where none was found behind `from`
 */
export function createBlockCutter({
  format,
  wrapping,
  linePrefix,
}: LogLayout): (block: Buffer, from: number) => number {
  const strip = wrapping === 'syslog' ? (text: string) => text : stripper(wrapping);
  const readHead = createHeadReader(linePrefix);
  // A csvlog line that names no user can also lie within a statement.
  const tests: Readonly<Record<LogLayout['format'], readonly ((text: string) => boolean)[]>> = {
    stderr: [(text) => !text.startsWith('\t') && beginsRecord(readHead(text)?.field)],
    csvlog: [isCertainCsvHead, isCsvHead],
    jsonlog: [(text) => text.startsWith('{')],
  };
  return (block, from) => {
    for (const begins of tests[format]) {
      for (let at = block.lastIndexOf(newline); at > from; at = block.lastIndexOf(newline, at - 1)) {
        // The next line of a text, in a log without a wrapping.
        if (block[at + 1] === tab) continue;
        const text = strip(block.toString('utf8', at + 1, Math.min(block.length, at + 1 + sniffedBytes)));
        if (begins(text.slice(0, Math.max(0, text.indexOf('\n')) || text.length))) return at + 1;
      }
    }
    return 0;
  };
}
