import type { LogTimeline } from '../../../model/query-log.ts';

/** Each is a multiple of the one before, so that buckets can be put together. */
const widthsMs = [1, 10, 60, 600, 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600, 364 * 24 * 3600].map((s) => s * 1000);

/** More do not fit into a chart. */
const maxBuckets = 240;

type Bucket = { -readonly [K in keyof LogTimeline['buckets'][number]]: LogTimeline['buckets'][number][K] };

/** Counts over time, in as many buckets as a chart has room for, whatever span the log has and in whichever order it comes. */
interface TimelineCounter {
  /** @param at - ms since 1970 */
  add(at: number, durationMs: number, failed: boolean): void;
  result(): { readonly timeline?: LogTimeline };
}

/** An empty counter. */
export function createLogTimeline(): TimelineCounter {
  let buckets = new Map<number, Bucket>();
  let level = 0;
  let widthMs = widthsMs[0] ?? 1000;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  let latest: Bucket | undefined;

  const bucketOf = (startAt: number): Bucket => {
    const known = buckets.get(startAt);
    if (known) return known;
    const bucket: Bucket = { startAt, statements: 0, totalMs: 0, errors: 0 };
    buckets.set(startAt, bucket);
    return bucket;
  };

  const widen = () => {
    level++;
    widthMs = widthsMs[level] ?? widthMs;
    const narrow = buckets;
    buckets = new Map();
    for (const { startAt, statements, totalMs, errors } of narrow.values()) {
      const bucket = bucketOf(Math.floor(startAt / widthMs) * widthMs);
      bucket.statements += statements;
      bucket.totalMs += totalMs;
      bucket.errors += errors;
    }
    first = Math.min(...buckets.keys());
    last = Math.max(...buckets.keys());
    latest = undefined;
  };

  return {
    add(at, durationMs, failed) {
      if (!latest || at < latest.startAt || at >= latest.startAt + widthMs) {
        latest = bucketOf(Math.floor(at / widthMs) * widthMs);
        if (latest.startAt < first) first = latest.startAt;
        if (latest.startAt > last) last = latest.startAt;
        while ((last - first) / widthMs >= maxBuckets && level < widthsMs.length - 1) widen();
        latest = bucketOf(Math.floor(at / widthMs) * widthMs);
      }
      latest.statements++;
      latest.totalMs += durationMs;
      if (failed) latest.errors++;
    },
    result() {
      if (buckets.size === 0) return {};
      return { timeline: { widthMs, buckets: [...buckets.values()].sort((a, b) => a.startAt - b.startAt) } };
    },
  };
}
