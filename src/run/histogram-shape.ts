import type { StoredHistogram } from '../model/load.ts';
import { isBucket } from '../stats/histogram.ts';
import { keys, listOf, number, type Shape, ShapeError, shapeOf } from './shape.ts';

const columns = keys<StoredHistogram>({
  buckets: listOf(number),
  counts: listOf(number),
  count: number,
  minUs: number,
  maxUs: number,
  sumUs: number,
});

/** A stored histogram that can be merged and read: every bucket is one of the layout, and has its count. */
export const histogram: Shape = shapeOf((value, path) => {
  columns(value, path);
  const { buckets, counts } = value as StoredHistogram;
  if (buckets.length !== counts.length) {
    throw new ShapeError(`${path}.counts must have as many entries as ${path}.buckets, and has ${counts.length}`);
  }
  const wrong = buckets.findIndex((bucket) => !isBucket(bucket));
  if (wrong >= 0)
    throw new ShapeError(`${path}.buckets.${wrong} must be a bucket of latencies, and is ${buckets[wrong]}`);
}, columns.describe);
