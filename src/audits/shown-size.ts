/** A count with its thousands apart. */
export function shownCount(count: number): string {
  return Math.round(count).toLocaleString('en');
}

/** A number of bytes as `812 B`, `64.2 kB` or `1.3 MB`; kilo is a thousand. */
export function shownBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
