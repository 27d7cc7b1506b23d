import { createHeadReader } from './head-reader.ts';
import { type LineEnd, type LogEntry, type LogParser, type LogSession, type LogSink, maxRecordBytes } from './log-entry.ts';
import { fieldOfWord } from './log-words.ts';
import { isStep } from './parse-message.ts';

/** `log_error_verbosity = verbose` puts it before the message; every SQLSTATE has a digit. */
const sqlStatePattern = /^(?=[A-Z]*\d)([0-9A-Z]{5}): {1,2}/;

interface OpenField {
  readonly who: LogSession;
  readonly timestamp: number | undefined;
  readonly field: LogEntry['field'];
  readonly first: string;
  /** Whether its further lines are of use. */
  readonly isWanted: boolean;
  more: string[] | undefined;
  size: number;
  cut: boolean;
}

/**
 * Reads `log_destination = stderr`: each field of a record on a line of its own behind the prefix; further lines of
 * a text begin with one tab.
 *
 * @param linePrefix - the server's `log_line_prefix`, where it is known
 */
export function createStderrParser(sink: LogSink, linePrefix?: string): LogParser {
  const readHead = createHeadReader(linePrefix);
  let open: OpenField | undefined;
  // After a field that holds no statement its further lines are passed over, and are no fault.
  let passing = false;

  const close = () => {
    if (!open) return;
    if (open.cut) sink.fault('cut');
    const { who, timestamp, field, first, more, cut } = open;
    open = undefined;
    const text = more ? `${first}\n${more.join('\n')}` : first;
    const sqlState = field === 'log' || field === 'error' ? sqlStateOf(text) : undefined;
    sink.entry({ who, timestamp, field, text: sqlState ? text.slice(sqlState.length) : text, sqlState: sqlState?.state, cut });
  };

  const addMore = (text: string, end: LineEnd) => {
    if (!open) return;
    open.size += text.length + 1;
    if (open.isWanted && open.size <= maxRecordBytes) {
      open.more ??= [];
      open.more.push(text);
    }
    if (open.size > maxRecordBytes || end !== 'whole') open.cut = true;
  };

  return {
    add(text, end) {
      // An empty line is the tab of an empty line after some editor or shipper has trimmed it.
      if (text === '' || text.charCodeAt(0) === 0x09) {
        if (open) addMore(text.slice(1), end);
        else if (!passing && text !== '') sink.fault('unrecognised');
        return;
      }
      const head = readHead(text);
      if (!head) {
        sink.fault('unrecognised');
        return;
      }
      close();
      const { who, timestamp, word, length } = head;
      const field = fieldOfWord(word);
      passing = field === 'skip' || field === undefined;
      if (field === 'skip' || field === undefined) return;
      const first = text.slice(length);
      const cut = end !== 'whole' || first.length >= maxRecordBytes;
      const isWanted = field !== 'log' || !isStep(first);
      open = { who, timestamp, field, first, isWanted, more: undefined, size: first.length + 1, cut };
    },
    end: close,
  };
}

function sqlStateOf(text: string): { readonly state: string | undefined; readonly length: number } | undefined {
  // `12345: `
  if (text.charCodeAt(5) !== 0x3a) return undefined;
  const match = sqlStatePattern.exec(text.slice(0, 8));
  return match ? { state: match[1], length: match[0].length } : undefined;
}
