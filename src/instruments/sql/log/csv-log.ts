import { type LogLine, type LogOrigin, type LogParser, type LogSink, maxRecordBytes } from './log-entry.ts';
import { parseTimestamp } from './parse-prefix.ts';
import { emitFields } from './whole-record.ts';

// time, user, database, pid, client, session id, line number.
const headPattern =
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^,"]{1,40},("[^"]+"|),("[^"]+"|),\d+,("[^"]+"|),[0-9a-f]+\.[0-9a-f]+,\d+,/;

/** Whether a line begins a csvlog record, if it stands outside of quotes. */
export function isCsvHead(text: string): boolean {
  return headPattern.test(text.length > 1000 ? text.slice(0, 1000) : text);
}

/**
 * Whether a line begins a record even where quotes are open, as after a record that was never ended.
 *
 * Every quote within a quoted field is doubled, so such a line cannot be part of one.
 */
function isCertainHead(text: string): boolean {
  return isCsvHead(text) && /^[^,"]+,"[^"]/.test(text.slice(0, 200));
}

/** 23 columns up to PostgreSQL 12, 24 in 13 (backend_type), 26 from 14 (leader_pid, query_id). */
const fewestColumns = 23;

/**
 * Reads `log_destination = csvlog`: a record may have many lines; quotes are doubled within quotes.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG
 */
export function createCsvParser(sink: LogSink): LogParser {
  let open: { parts: string[]; size: number; inQuotes: boolean; cut: boolean } | undefined;

  const close = () => {
    if (!open) return;
    const { parts, inQuotes, cut } = open;
    open = undefined;
    const text = parts.join('\n');
    const columns = splitCsvRecord(cut && inQuotes ? `${text}"` : text);
    if (cut) sink.fault('cut');
    // A cut record ends within its message, its detail or the statement that failed.
    if (columns && columns.length >= (cut ? 14 : fewestColumns)) emitRecord(columns, cut, sink);
    else sink.fault('damaged');
  };

  const addPart = (line: LogLine) => {
    if (!open) return;
    open.size += line.text.length + 1;
    if (open.parts.length === 0 || open.size <= maxRecordBytes) open.parts.push(line.text);
    if (hasOddQuotes(line.text)) open.inQuotes = !open.inQuotes;
    // After a cut nobody knows whether a quote is open: what follows is passed over up to the next head.
    if (line.end === 'long' || open.size > maxRecordBytes) open.cut = true;
    if (open.cut || !open.inQuotes) close();
  };

  return {
    add(line) {
      if (open ? isCertainHead(line.text) : isCsvHead(line.text)) {
        if (open) {
          sink.fault('damaged');
          open = undefined;
        }
        open = { parts: [], size: 0, inQuotes: false, cut: false };
        addPart(line);
      } else if (open) addPart(line);
      else if (line.text !== '') sink.fault('unrecognised');
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
    if (text[at] === '"') {
      const end = closingQuote(text, at);
      if (end < 0 || (end + 1 < text.length && text[end + 1] !== ',')) return undefined;
      columns.push(text.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
    } else {
      const comma = text.indexOf(',', at);
      const end = comma < 0 ? text.length : comma;
      columns.push(text.slice(at, end));
      at = end;
    }
    if (at >= text.length) return columns;
    at++;
  }
}

function closingQuote(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at;
  }
  return -1;
}

function emitRecord(columns: readonly string[], cut: boolean, sink: LogSink): void {
  const column = (index: number) => columns[index] ?? '';
  const timestamp = parseTimestamp(column(0));
  const origin: LogOrigin = {
    ...(timestamp === undefined ? {} : { timestamp }),
    session: column(5) || column(3),
    ...(column(1) ? { user: column(1) } : {}),
    ...(column(2) ? { database: column(2) } : {}),
    ...(column(22) ? { application: column(22) } : {}),
  };
  emitFields(sink, {
    origin,
    severity: column(11),
    sqlState: column(12),
    message: column(13),
    detail: column(14),
    context: column(18),
    statement: column(19),
    cut,
  });
}
