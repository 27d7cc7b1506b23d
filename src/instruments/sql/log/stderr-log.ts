import { createHeadReader } from './head-reader.ts';
import {
  emptyEntry,
  type LineEnd,
  type LogParser,
  type LogSession,
  type LogSink,
  maxRecordBytes,
} from './log-entry.ts';
import { isStep } from './parse-message.ts';

/** `log_error_verbosity = verbose` puts it before the message; every SQLSTATE has a digit. */
const sqlStatePattern = /^(?=[A-Z]*\d)([0-9A-Z]{5}): {1,2}/;

/**
 * Reads `log_destination = stderr`: each field of a record on a line of its own behind the prefix; further lines of
 * a text begin with one tab.
 *
 * @param linePrefix - the server's `log_line_prefix`, where it is known
 */
export function createStderrParser(sink: LogSink, linePrefix?: string): LogParser {
  const readHead = createHeadReader(linePrefix);
  const entry = emptyEntry();
  let isOpen = false;
  /** Whether the further lines of the open field are of use. */
  let isWanted = false;
  let more: string[] | undefined;
  let size = 0;
  // After a field that holds no statement its further lines are passed over, and are no fault.
  let passing = false;
  /** Whose parse or bind step the last record was: its values are those of the execution, which has them too. */
  let stepOf: LogSession | undefined;

  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    if (entry.cut) sink.fault('cut');
    if (more) entry.text = `${entry.text}\n${more.join('\n')}`;
    more = undefined;
    const mayHaveState = entry.field === 'log' || entry.field === 'error';
    const sqlState = mayHaveState ? sqlStateOf(entry.text) : undefined;
    entry.sqlState = sqlState?.state;
    if (sqlState) entry.text = entry.text.slice(sqlState.length);
    sink.entry(entry);
  };

  const addMore = (text: string, end: LineEnd) => {
    size += text.length + 1;
    if (isWanted && size <= maxRecordBytes) {
      if (more) more.push(text);
      else more = [text];
    }
    if (size > maxRecordBytes || end !== 'whole') entry.cut = true;
  };

  return {
    add(text, end) {
      // An empty line is the tab of an empty line after some editor or shipper has trimmed it.
      if (text === '' || text.charCodeAt(0) === 0x09) {
        if (isOpen) addMore(text.slice(1), end);
        else if (!passing && text !== '') sink.fault('unrecognised');
        return;
      }
      const head = readHead(text);
      if (!head) {
        sink.fault('unrecognised');
        return;
      }
      close();
      const { who, field, length } = head;
      const isOfStep = stepOf === who && (field === 'detail' || field === 'context');
      passing = field === 'skip' || field === undefined || isOfStep;
      if (field === 'skip' || field === undefined || isOfStep) return;
      entry.who = who;
      entry.timestamp = head.timestamp;
      entry.field = field;
      entry.text = text.slice(length);
      size = entry.text.length + 1;
      entry.cut = end !== 'whole' || size > maxRecordBytes;
      isOpen = true;
      const step = field === 'log' && isStep(entry.text);
      isWanted = !step;
      stepOf = step ? who : undefined;
    },
    end() {
      close();
      passing = false;
      stepOf = undefined;
    },
  };
}

function sqlStateOf(text: string): { readonly state: string | undefined; readonly length: number } | undefined {
  // `12345: `
  if (text.charCodeAt(5) !== 0x3a) return undefined;
  const match = sqlStatePattern.exec(text.slice(0, 8));
  return match ? { state: match[1], length: match[0].length } : undefined;
}
