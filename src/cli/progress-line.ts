import type { ProgressEvent } from '../run/progress.ts';

/** Shows progress on standard error: one line that redraws on a terminal, plain lines elsewhere. */
export interface ProgressLine {
  show(event: ProgressEvent): void;
  /** Takes the line away, so that the result stands alone. */
  clear(): void;
}

const passNames: Readonly<Record<ProgressEvent['pass'], string>> = {
  checkout: 'checkout and build',
  database: 'database',
  measure: 'measure (nothing attached)',
  profile: 'profile (CPU profiler attached)',
  trace: 'trace (one request at a time)',
  explain: 'explain (service stopped)',
  report: 'report',
};

/** A line elsewhere than on a terminal is written at most so often, but for a new pass. */
const plainEveryMs = 10_000;

export function createProgressLine(stream: NodeJS.WriteStream, quiet: boolean): ProgressLine {
  if (quiet) return { show() {}, clear() {} };
  const startedAt = performance.now();
  const elapsed = () => `${Math.floor((performance.now() - startedAt) / 1000)} s`.padStart(5);
  // Figures need the room that the words in brackets would take.
  const nameOf = ({ pass, live }: ProgressEvent) => (live ? pass : passNames[pass]);
  const lineOf = (event: ProgressEvent) => `${elapsed()}  ${nameOf(event)}: ${detailOf(event)}`;
  if (!stream.isTTY) {
    let last = '';
    let writtenAt = Number.NEGATIVE_INFINITY;
    return {
      show(event) {
        const isNew = event.pass !== last;
        if (!isNew && (!event.live || performance.now() - writtenAt < plainEveryMs)) return;
        last = event.pass;
        writtenAt = performance.now();
        stream.write(isNew ? `${elapsed()}  ${passNames[event.pass]}\n` : `${lineOf(event)}\n`);
      },
      clear() {},
    };
  }
  return {
    show(event) {
      stream.write(`\r\u001b[2K${lineOf(event).slice(0, Math.max(20, (stream.columns || 80) - 1))}`);
    },
    clear() {
      stream.write('\r\u001b[2K');
    },
  };
}

/** `round 2 of 8, after · 412/s · p50 3.1 ms · p95 9.8 ms · 2 errors`. */
function detailOf({ text, live }: ProgressEvent): string {
  if (!live) return text;
  const { perS, p50Ms, p95Ms, unsuccessful } = live;
  return [
    text,
    `${figure(perS)}/s`,
    ...(p50Ms === undefined || p95Ms === undefined ? [] : [`p50 ${figure(p50Ms)} ms`, `p95 ${figure(p95Ms)} ms`]),
    `${unsuccessful} error${unsuccessful === 1 ? '' : 's'}`,
  ].join(' · ');
}

function figure(value: number): string {
  // Not `toPrecision`, which writes 99.6 as 1.0e+2.
  return value.toFixed(value >= 9.95 ? 0 : value >= 0.995 || value === 0 ? 1 : 2);
}
