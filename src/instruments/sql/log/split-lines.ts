import { isAscii } from 'node:buffer';
import { type LineEnd, maxRecordBytes } from './log-entry.ts';

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Bytes that are decoded at once: few enough for the cache of a core and for V8's young generation. */
const pieceBytes = 64 * 1024;

/** Cuts bytes into lines. */
interface LineSplitter {
  add(chunk: Buffer): void;
  end(): void;
  /** Whether the first line ended in CR LF; `undefined` before that. */
  hasCarriageReturns(): boolean | undefined;
}

/**
 * Cuts bytes into lines before they are decoded, so that no character is split between two chunks.
 *
 * Keeps {@link maxRecordBytes} of a line and drops the rest. Bytes that are not UTF-8 become U+FFFD. A carriage
 * return at the end is taken off where the first line has one: elsewhere it belongs to a value.
 *
 * @param carriageReturns - whether the lines end in CR LF, where that is known from an earlier part of the log
 */
export function createLineSplitter(
  emit: (text: string, end: LineEnd) => void,
  carriageReturns?: boolean,
): LineSplitter {
  let parts: Buffer[] = [];
  let size = 0;
  let dropped = false;
  let windowsLines = carriageReturns;

  const keep = (bytes: Buffer) => {
    const room = maxRecordBytes - size;
    if (bytes.length > room) dropped = true;
    if (room <= 0 || bytes.length === 0) return;
    const kept = bytes.subarray(0, room);
    parts.push(kept);
    size += kept.length;
  };

  const finish = (end: LineEnd) => {
    const line = decode(parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts));
    const isLong = dropped;
    parts = [];
    size = 0;
    dropped = false;
    windowsLines ??= line.endsWith('\r');
    emit(windowsLines && line.endsWith('\r') ? line.slice(0, -1) : line, isLong ? 'long' : end);
  };

  /** Emits the lines of `text`, which ends where its last line does. */
  const emitLines = (text: string) => {
    for (let start = 0; start <= text.length; ) {
      const found = text.indexOf('\n', start);
      const end = found < 0 ? text.length : found;
      windowsLines ??= text.charCodeAt(end - 1) === carriageReturn;
      const hasReturn = windowsLines && end > start && text.charCodeAt(end - 1) === carriageReturn;
      emit(text.slice(start, hasReturn ? end - 1 : end), 'whole');
      start = end + 1;
    }
  };

  const addPiece = (piece: Buffer) => {
    const last = piece.lastIndexOf(newline);
    if (last < 0) {
      keep(piece);
      return;
    }
    let begin = 0;
    if (size > 0 || dropped) {
      const first = piece.indexOf(newline);
      keep(piece.subarray(0, first));
      finish('whole');
      begin = first + 1;
    }
    if (begin <= last) emitLines(decode(piece.subarray(begin, last)));
    keep(piece.subarray(last + 1));
  };

  return {
    add(chunk) {
      for (let start = 0; start < chunk.length; start += pieceBytes) {
        addPiece(chunk.subarray(start, start + pieceBytes));
      }
    },
    end() {
      if (size > 0) finish('open');
    },
    hasCarriageReturns: () => windowsLines,
  };
}

/** Latin 1 is the cheaper way to the same text where there is no byte above 0x7f. */
function decode(bytes: Buffer): string {
  return isAscii(bytes) ? bytes.toString('latin1') : bytes.toString('utf8');
}
