import type { ComparedMetric, Metric } from '../model/comparison.ts';

/** The minus sign, which is as wide as a digit; the hyphen is not. */
const minus = '\u2212';

/** Three significant digits below 1,000, whole numbers with separators above; trailing zeros are kept. */
function significant(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude === 0) return '0';
  if (magnitude >= 999.5) return formatCount(value);
  return withMinus(value.toPrecision(3));
}

const withMinus = (text: string) => text.replace('-', minus);

/** A whole number with separators: `1,000,000`. */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return 'n/a';
  const digits = Math.round(Math.abs(value)).toString();
  return (value < 0 && digits !== '0' ? minus : '') + digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A number that need not be whole, such as calls per request: `1`, `0.25`, `100`. */
export function formatRate(value: number): string {
  if (!Number.isFinite(value)) return 'n/a';
  if (Number.isInteger(value) || Math.abs(value) >= 99.5) return formatCount(value);
  return withMinus(String(Number(value.toPrecision(2))));
}

/** A time given in milliseconds, in the unit that suits it: `420 µs`, `84.2 ms`, `1.23 s`, `2 min 5 s`. */
export function formatMs(ms: number): string {
  if (!Number.isFinite(ms)) return 'n/a';
  const magnitude = Math.abs(ms);
  if (magnitude === 0) return '0 ms';
  if (magnitude < 0.9995) return formatMicroseconds(ms * 1000);
  if (magnitude < 999.5) return `${significant(ms)} ms`;
  if (magnitude < 59_950) return `${significant(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  const rest = seconds % 60;
  return `${formatCount(Math.trunc(seconds / 60))} min${rest === 0 ? '' : ` ${rest} s`}`;
}

/** A time given in microseconds; from a millisecond on as {@link formatMs} writes it. */
export function formatUs(us: number): string {
  return formatMs(us / 1000);
}

function formatMicroseconds(us: number): string {
  return Math.abs(us) < 9.95 ? `${withMinus(String(Number(us.toPrecision(2))))} µs` : `${significant(us)} µs`;
}

/** A share between 0 and 1 as per cent: `0.05 %`, `4.2 %`, `86 %`. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return 'n/a';
  const percent = share * 100;
  if (percent === 0) return '0 %';
  if (Math.abs(percent) >= 9.95) return `${formatCount(percent)} %`;
  if (Math.abs(percent) < 0.01) return '< 0.01 %';
  return `${withMinus(String(Number(percent.toPrecision(2))))} %`;
}

/** Bytes in decimal units: `312 B`, `48.2 kB`, `3.10 MB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return 'n/a';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? formatCount(value) : significant(value)} ${units[unit]}`;
}

/** A relative change with its sign: `−86 %`, `+1.2 %`; from tenfold on as a factor, `×12`. */
export function formatChange(change: number): string {
  if (!Number.isFinite(change)) return 'n/a';
  if (change >= 9.995) return `×${formatCount(change + 1)}`;
  return `${signed(change, 0)} %`;
}

/** A change with its interval: `−86 % (−88 … −84)`; one decimal where a small change has an interval narrow enough to carry it, or where the ends would read alike. */
function formatChangeInterval(change: number, [low, high]: readonly [number, number]): string {
  if (![change, low, high].every(Number.isFinite)) return 'n/a';
  if (change >= 9.995 || high >= 9.995) {
    return `${formatChange(change)} (${formatChange(low)} … ${formatChange(high)})`;
  }
  const isSmall = Math.abs(change) < 0.095 && high - low < 0.015;
  const decimals = isSmall || signed(low, 0) === signed(high, 0) ? 1 : 0;
  return `${signed(change, decimals)} % (${signed(low, decimals)} … ${signed(high, decimals)})`;
}

/** The change of a compared metric; that of errors is a difference of shares, so it reads `+2.0 points`. */
export function formatComparedChange({ name, change }: ComparedMetric): string {
  return name === 'errors' ? `${signed(change, pointDecimals(change))} points` : formatChange(change);
}

/** A difference of shares without its sign: `0.1 points`. */
export function formatPoints(share: number): string {
  return `${formatShare(share).replace(' %', '')} points`;
}

/** {@link formatComparedChange} with its interval. */
export function formatComparedInterval({ name, change, interval: [low, high] }: ComparedMetric): string {
  if (name !== 'errors') return formatChangeInterval(change, [low, high]);
  const decimals = pointDecimals(change, low, high);
  return `${signed(change, decimals)} points (${signed(low, decimals)} … ${signed(high, decimals)})`;
}

/** A gate tolerates a tenth of a point: below one point a single decimal would not show what it decides by. */
function pointDecimals(...shares: readonly number[]): number {
  const largest = Math.max(...shares.map(Math.abs));
  return largest > 0 && largest < 0.00995 ? 2 : 1;
}

/** With as many decimals; with more where a fall to nearly nothing would read as one to nothing, −100 %. */
function signed(share: number, decimals: number): string {
  const text = Math.abs(share * 100).toFixed(decimals);
  if (Number(text) === 0) return text;
  if (share > -1 && share < 0 && Number(text) === 100 && decimals < 4) return signed(share, decimals + 1);
  return (share < 0 ? minus : '+') + text;
}

/** A value of a metric in the metric's unit; `n/a` where there is none. */
export function formatMetric(value: number | null, unit: Metric['unit']): string {
  if (value === null || !Number.isFinite(value)) return 'n/a';
  switch (unit) {
    case 'ms':
      return formatMs(value);
    case 'µs/req':
      return formatUs(value);
    case 'req/s':
      return `${significant(value)}/s`;
    case '%':
      return formatShare(value / 100);
    case 'B/req':
      return formatBytes(value);
    case 'MB':
      return `${significant(value)} MB`;
  }
}

/** How many times faster: `47×`, `1.6×`; `n/a` where the later time is 0. */
export function formatSpeedup(beforeMs: number, afterMs: number): string {
  const ratio = beforeMs / afterMs;
  if (!Number.isFinite(ratio)) return 'n/a';
  return `${ratio >= 9.95 ? formatCount(ratio) : ratio.toPrecision(2)}×`;
}

/** `1 request`, `3 requests`: the plural of regular nouns. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A figure before and after, `101 → 2`; one that stayed the same once. */
export function formatSteps(values: readonly string[]): string {
  return [...new Set(values)].length === 1 ? (values[0] ?? '') : values.join(' → ');
}

/** `2026-03-14 09:26 UTC` from an ISO 8601 time in UTC; the text itself where it is none. */
export function formatTime(iso: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(iso);
  return match ? `${match[1]} ${match[2]} UTC` : iso;
}
