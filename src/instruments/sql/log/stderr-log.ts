import {
  type LogEntry,
  type LogLine,
  type LogOrigin,
  type LogParser,
  type LogSink,
  maxRecordBytes,
} from './log-entry.ts';
import { fieldAlternatives, fieldOfWord } from './log-words.ts';
import { parsePrefix } from './parse-prefix.ts';

// `prefix LOG:  text`; fr writes `INSTRUCTION :  `. A prefix ends in anything but a letter, a digit or a quote.
const headPattern = new RegExp(`^(|.*?[^\\p{L}\\p{N}_'"])(${fieldAlternatives}) ?: {1,2}`, 'u');

/** `log_error_verbosity = verbose` puts it before the message; every SQLSTATE has a digit. */
const sqlStatePattern = /^(?=[A-Z]*\d)([0-9A-Z]{5}): {1,2}/;

/** A prefix is not longer than this; what looks like a head further on is text. */
const maxPrefix = 400;

/** The head of a line that begins a field: its prefix, its word, and where the text starts. */
export function stderrHead(text: string): { prefix: string; word: string; length: number } | undefined {
  const match = headPattern.exec(text.length > maxPrefix ? text.slice(0, maxPrefix) : text);
  return match ? { prefix: match[1] ?? '', word: match[2] ?? '', length: match[0].length } : undefined;
}

/**
 * Reads `log_destination = stderr`: each field of a record on a line of its own behind the prefix; further lines of
 * a text begin with one tab.
 */
export function createStderrParser(sink: LogSink): LogParser {
  let open: { origin: LogOrigin; field: LogEntry['field']; parts: string[]; size: number; cut: boolean } | undefined;
  // After a field that holds no statement its further lines are passed over, and are no fault.
  let passing = false;

  const close = () => {
    if (!open) return;
    if (open.cut) sink.fault('cut');
    const { origin, field, parts, cut } = open;
    const text = parts.join('\n');
    const sqlState = field === 'log' || field === 'error' ? sqlStatePattern.exec(text) : null;
    sink.entry({
      origin,
      field,
      text: sqlState ? text.slice(sqlState[0].length) : text,
      ...(sqlState?.[1] ? { sqlState: sqlState[1] } : {}),
      ...(cut ? { cut: true } : {}),
    });
    open = undefined;
  };

  const addPart = (text: string, line: LogLine) => {
    if (!open) return;
    open.size += text.length + 1;
    if (open.parts.length === 0 || open.size <= maxRecordBytes) open.parts.push(text);
    if (open.size > maxRecordBytes || line.end !== 'whole') open.cut = true;
  };

  return {
    add(line) {
      const { text } = line;
      // An empty line is the tab of an empty line after some editor or shipper has trimmed it.
      if (text.startsWith('\t') || text === '') {
        if (open) addPart(text.slice(1), line);
        else if (!passing && text !== '') sink.fault('unrecognised');
        return;
      }
      const head = stderrHead(text);
      if (!head) {
        sink.fault('unrecognised');
        return;
      }
      close();
      const field = fieldOfWord(head.word);
      passing = field === 'skip' || field === undefined;
      if (field === 'skip' || field === undefined) return;
      open = { origin: parsePrefix(head.prefix), field, parts: [], size: 0, cut: false };
      addPart(text.slice(head.length), line);
    },
    end: close,
  };
}
