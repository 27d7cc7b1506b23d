import { type LogLine, maxRecordBytes } from './log-entry.ts';

const newline = 0x0a;
const carriageReturn = 0x0d;

/**
 * Cuts bytes into lines before they are decoded, so that no character is split between two chunks.
 *
 * Keeps {@link maxRecordBytes} of a line and drops the rest. Bytes that are not UTF-8 become U+FFFD. A carriage
 * return at the end is taken off where the first line has one: elsewhere it belongs to a value.
 */
export function createLineSplitter(emit: (line: LogLine) => void): { add(chunk: Buffer): void; end(): void } {
  let parts: Buffer[] = [];
  let size = 0;
  let dropped = false;
  let windowsLines: boolean | undefined;

  const keep = (bytes: Buffer) => {
    const room = maxRecordBytes - size;
    if (bytes.length > room) dropped = true;
    if (room <= 0 || bytes.length === 0) return;
    const kept = bytes.subarray(0, room);
    parts.push(kept);
    size += kept.length;
  };

  const finish = (terminated: boolean) => {
    let line = parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
    windowsLines ??= line.at(-1) === carriageReturn;
    if (windowsLines && line.at(-1) === carriageReturn) line = line.subarray(0, -1);
    emit({ text: line.toString('utf8'), end: dropped ? 'long' : terminated ? 'whole' : 'open' });
    parts = [];
    size = 0;
    dropped = false;
  };

  return {
    add(chunk) {
      let start = 0;
      for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, start)) {
        keep(chunk.subarray(start, at));
        finish(true);
        start = at + 1;
      }
      keep(chunk.subarray(start));
    },
    end() {
      if (size > 0) finish(false);
    },
  };
}
