import type { LogFormat } from '../../../model/query-log.ts';
import { isCsvHead } from './csv-log.ts';
import { createHeadReader } from './head-reader.ts';
import { isJsonHead } from './json-log.ts';
import type { LineEnd } from './log-entry.ts';

interface Line {
  readonly text: string;
  readonly end: LineEnd;
}

/** Looks at the first records of a log, and keeps their lines until it knows the format. */
export interface FormatProbe {
  /** The format once it is known by this line; `undefined` until then, and for lines that look like no log. */
  add(text: string, end: LineEnd): LogFormat | undefined;
  /** What is most likely, where the log ends before that. */
  end(): LogFormat | undefined;
  /** All lines from the first record on. */
  readonly kept: readonly Line[];
}

/** So many structured records in a row are no stray ones. */
const surely = 3;
/** After so many records the majority decides; ties are structured, since plain logs have stray records of it rarely. */
const mostRecords = 10;
const mostLines = 200;
const mostChars = 1_000_000;

/**
 * The format of a log. A plain one is known by its first record. A structured one is believed once several records came,
 * since a server whose jsonlog or csvlog was just switched off writes the last of it into its plain log.
 */
export function createFormatProbe(linePrefix: string | undefined): FormatProbe {
  const isPlainHead = createHeadReader(linePrefix);
  const kept: Line[] = [];
  const counts = { structured: 0, plain: 0 };
  let first: LogFormat | undefined;
  let chars = 0;
  /** Within a field of a csvlog that goes over several lines nothing is a record. */
  let isQuoted = false;

  const likely = () => (first !== undefined && counts.plain > counts.structured ? 'stderr' : first);

  return {
    kept,
    add(text, end) {
      const isInside = isQuoted;
      const found = isInside ? undefined : (structuredFormatOf(text) ?? (isPlainHead(text) ? 'stderr' : undefined));
      if (first === undefined) {
        if (found === undefined) return undefined;
        first = found;
      }
      kept.push({ text, end });
      chars += text.length;
      if (first === 'stderr') return first;
      if (first === 'csvlog' && (isInside || found === 'csvlog') && hasOddQuotes(text)) isQuoted = !isQuoted;
      if (found === 'stderr') counts.plain += 1;
      else if (found === first) counts.structured += 1;
      if (counts.structured >= surely && counts.plain === 0) return first;
      const isEnough =
        counts.structured + counts.plain >= mostRecords || kept.length >= mostLines || chars >= mostChars;
      return isEnough ? likely() : undefined;
    },
    end: likely,
  };
}

function structuredFormatOf(text: string): LogFormat | undefined {
  if (isJsonHead(text)) return 'jsonlog';
  return isCsvHead(text) ? 'csvlog' : undefined;
}

/** A quote within a field is doubled. */
function hasOddQuotes(text: string): boolean {
  let count = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) count += 1;
  return count % 2 === 1;
}
