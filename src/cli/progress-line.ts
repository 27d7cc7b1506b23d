import type { ProgressEvent } from '../run/progress.ts';

/** Shows progress on standard error: one line that redraws on a terminal, a line per pass and variant elsewhere. */
export interface ProgressLine {
  show(event: ProgressEvent): void;
  /** Takes the line away, so that the result stands alone. */
  clear(): void;
}

const passNames: Readonly<Record<ProgressEvent['pass'], string>> = {
  database: 'database',
  measure: 'measure (nothing attached)',
  profile: 'profile (CPU profiler attached)',
  trace: 'trace (one request at a time)',
  explain: 'explain (service stopped)',
  report: 'report',
};

export function createProgressLine(stream: NodeJS.WriteStream, quiet: boolean): ProgressLine {
  if (quiet) return { show() {}, clear() {} };
  const startedAt = performance.now();
  const elapsed = () => `${Math.floor((performance.now() - startedAt) / 1000)} s`.padStart(5);
  if (!stream.isTTY) {
    let last = '';
    return {
      show({ pass }) {
        if (pass === last) return;
        last = pass;
        stream.write(`${elapsed()}  ${passNames[pass]}\n`);
      },
      clear() {},
    };
  }
  return {
    show({ pass, text }) {
      const line = `${elapsed()}  ${passNames[pass]}: ${text}`;
      stream.write(`\r\u001b[2K${line.slice(0, Math.max(20, (stream.columns || 80) - 1))}`);
    },
    clear() {
      stream.write('\r\u001b[2K');
    },
  };
}
