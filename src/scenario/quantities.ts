const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** A number with its unit: `500ms`, `2s`, `1.5m`, `1h`. */
export const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/** Milliseconds of a text such as `500ms`, `2s`, `1.5m` or `1h`; `undefined` where it is none. */
export function parseDuration(text: string): number | undefined {
  const match = durationPattern.exec(text);
  if (!match) return undefined;
  const unitMs = unitsMs[match[2] as keyof typeof unitsMs];
  // 1.1s is 1100.0000000000002 otherwise.
  return Number((Number(match[1]) * unitMs).toFixed(6));
}

/** A number with its sign: `10%`, `0.1%`. */
export const percentPattern = /^(\d+(?:\.\d+)?)%$/;

/** The ratio of a text such as `10%` (0.1); `undefined` where it is none. */
export function parsePercent(text: string): number | undefined {
  const match = percentPattern.exec(text);
  // Division by 100 would give 0.7 % as 0.006999999999999999.
  return match ? Number(`${match[1]}e-2`) : undefined;
}

/** The change of a text with its sign such as `+10%` (0.1) or `-20%` (−0.2); `undefined` where it is none. */
export function parseChange(text: string): number | undefined {
  const [sign = '', share] = [text.slice(0, 1), parsePercent(text.slice(1))];
  if (share === undefined || !'+-\u2212'.includes(sign)) return undefined;
  return sign === '+' || share === 0 ? share : -share;
}

/** A number per second or minute: `200/s`, `0.5/s`, `90/m`. */
export const ratePattern = /^(\d+(?:\.\d+)?)\/(s|m)$/;

/** How often per second a text such as `200/s` or `90/m` says; `undefined` where it is none. */
export function parseRate(text: string): number | undefined {
  const match = ratePattern.exec(text);
  return match ? Number(match[1]) / (match[2] === 'm' ? 60 : 1) : undefined;
}

const unitBytes = { B: 1, kB: 1000, MB: 1_000_000, KiB: 1024, MiB: 1_048_576 } as const;

/** A number with its unit: `100kB`, `1.5MiB`. */
export const bytesPattern = /^(\d+(?:\.\d+)?)(B|kB|MB|KiB|MiB)$/;

/** Bytes, rounded down, of a text such as `100kB` or `2MiB`; `undefined` where it is none. */
export function parseBytes(text: string): number | undefined {
  const match = bytesPattern.exec(text);
  if (!match) return undefined;
  // 1.1kB is 1100.0000000000002 bytes otherwise, and 2.3kB 2299.9999999999995.
  return Math.floor(Number((Number(match[1]) * unitBytes[match[2] as keyof typeof unitBytes]).toFixed(3)));
}
