import { parseTimestamp } from './parse-prefix.ts';

const timePattern = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} /;
/** Length of `2026-01-31 10:00`. */
const minuteLength = 16;
/** Length of `2026-01-31 10:00:00.123`. */
const timeLength = 23;

/**
 * Reads times as csvlog and jsonlog write them: `2026-01-31 10:00:00.123 UTC`.
 *
 * NaN for what is none. Records that follow each other are mostly of one minute and always of one zone, so only seconds are read anew.
 */
export function createTimestampReader(): (text: string) => number {
  let minute = '';
  let zone = '';
  let minuteMs = 0;
  return (text) => {
    if (minute !== '' && text.length === timeLength + zone.length && text.startsWith(minute) && text.endsWith(zone)) {
      const ms = secondsOf(text, minuteLength);
      if (ms >= 0) return minuteMs + ms;
    }
    const timestamp = parseTimestamp(text) ?? Number.NaN;
    if (Number.isFinite(timestamp) && timePattern.test(text)) {
      minute = text.slice(0, minuteLength);
      zone = text.slice(timeLength);
      minuteMs = timestamp - secondsOf(text, minuteLength);
    }
    return timestamp;
  };
}

/** Milliseconds of `:00.123` at `at`; negative where something else stands there. */
export function secondsOf(text: string, at: number): number {
  if (text.charCodeAt(at) !== 0x3a || text.charCodeAt(at + 3) !== 0x2e) return -1;
  const digit = (offset: number) => {
    const value = text.charCodeAt(at + offset) - 0x30;
    return value >= 0 && value <= 9 ? value : Number.NaN;
  };
  const ms = digit(1) * 10_000 + digit(2) * 1000 + digit(4) * 100 + digit(5) * 10 + digit(6);
  return ms >= 0 ? ms : -1;
}
