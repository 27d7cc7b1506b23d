import { type LineEnd, type LogParser, type LogSink, maxRecordBytes } from './log-entry.ts';
import { createRecordReader, type RecordReader } from './whole-record.ts';

// time, user, database, pid, client, session id, line number.
const headPattern =
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^,"]{1,40},("[^"]+"|),("[^"]+"|),\d+,("[^"]+"|),[0-9a-f]+\.[0-9a-f]+,\d+,/;

/** Whether a line begins a csvlog record, if it stands outside of quotes. */
export function isCsvHead(text: string): boolean {
  // `2026-01-31 10:…`: most lines that begin no record are told by three characters.
  if (text.charCodeAt(4) !== 0x2d || text.charCodeAt(10) !== 0x20 || text.charCodeAt(13) !== 0x3a) return false;
  return headPattern.test(text.length > 1000 ? text.slice(0, 1000) : text);
}

/**
 * Whether a line begins a record even where quotes are open, as after a record that was never ended.
 *
 * Every quote within a quoted field is doubled, so such a line cannot be part of one.
 */
export function isCertainCsvHead(text: string): boolean {
  return isCsvHead(text) && /^[^,"]+,"[^"]/.test(text.slice(0, 200));
}

/** 23 columns up to PostgreSQL 12, 24 in 13 (backend_type), 26 from 14 (leader_pid, query_id). */
const fewestColumns = 23;

const comma = 0x2c;
const quote = 0x22;

/**
 * Reads `log_destination = csvlog`: a record may have many lines; quotes are doubled within quotes.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG
 */
export function createCsvParser(sink: LogSink): LogParser {
  const read = createRecordReader(sink);
  let open: { parts: string[]; size: number; inQuotes: boolean; cut: boolean } | undefined;

  const close = () => {
    if (!open) return;
    const { parts, inQuotes, cut } = open;
    open = undefined;
    const text = parts.length === 1 ? (parts[0] ?? '') : parts.join('\n');
    const columns = splitCsvRecord(cut && inQuotes ? `${text}"` : text);
    if (cut) sink.fault('cut');
    // A cut record ends within its message, its detail or the statement that failed.
    if (columns && columns.length >= (cut ? 14 : fewestColumns)) emitRecord(columns, cut, read);
    else sink.fault('damaged');
  };

  const addPart = (text: string, end: LineEnd) => {
    if (!open) return;
    open.size += text.length + 1;
    if (open.parts.length === 0 || open.size <= maxRecordBytes) open.parts.push(text);
    if (hasOddQuotes(text)) open.inQuotes = !open.inQuotes;
    // After a cut nobody knows whether a quote is open: what follows is passed over up to the next head.
    if (end === 'long' || open.size > maxRecordBytes) open.cut = true;
    if (open.cut || !open.inQuotes) close();
  };

  return {
    add(text, end) {
      if (open ? isCertainCsvHead(text) : isCsvHead(text)) {
        if (open) {
          sink.fault('damaged');
          open = undefined;
        }
        open = { parts: [], size: 0, inQuotes: false, cut: false };
        addPart(text, end);
      } else if (open) addPart(text, end);
      else if (text !== '') sink.fault('unrecognised');
    },
    end() {
      if (open) sink.fault('damaged');
      open = undefined;
    },
  };
}

function hasOddQuotes(text: string): boolean {
  let odd = false;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) odd = !odd;
  return odd;
}

/** The columns of one record; `undefined` where its quotes are not balanced. */
function splitCsvRecord(text: string): readonly string[] | undefined {
  const columns: string[] = [];
  let at = 0;
  while (true) {
    const unit = text.charCodeAt(at);
    if (unit === quote) {
      const end = closingQuote(text, at);
      if (end < 0 || (end + 1 < text.length && text.charCodeAt(end + 1) !== comma)) return undefined;
      columns.push(text.slice(at + 1, end));
      at = end + 1;
    } else if (unit === comma) columns.push('');
    else {
      const found = text.indexOf(',', at);
      const end = found < 0 ? text.length : found;
      columns.push(text.slice(at, end));
      at = end;
    }
    if (at >= text.length) return columns;
    at++;
  }
}

function closingQuote(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text.charCodeAt(at + 1) !== quote) return at;
  }
  return -1;
}

function emitRecord(columns: readonly string[], cut: boolean, read: RecordReader): void {
  const column = (index: number) => {
    const text = columns[index] ?? '';
    return text.includes('""') ? text.replaceAll('""', '"') : text;
  };
  read({
    timestamp: columns[0] ?? '',
    session: column(5) || column(3),
    user: column(1),
    database: column(2),
    application: column(22),
    severity: column(11),
    sqlState: column(12),
    message: column(13),
    detail: column(14),
    context: column(18),
    statement: column(19),
    cut,
  });
}
