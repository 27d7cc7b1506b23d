/**
 * How long the fixture server works for a request: four of five take 4 ms, one takes 8 ms, each evenly scattered by a
 * quarter of that to either side.
 *
 * So the p95 lies in the middle of the slow ones and not at an edge, and every round has some chance in it, as those of
 * real services do: with 400 requests about 2 % of the p95.
 */
const slowShare = 0.2;
const usualMs = 4;
const slowMs = 8;
const scatter = 0.25;

/** One draw; `slower` stretches the whole distribution, so that every quantile changes by exactly that factor. */
export function drawMs(slower, random) {
  const middleMs = random() < slowShare ? slowMs : usualMs;
  return slower * middleMs * (1 + scatter * (2 * random() - 1));
}

/** The true p95 in milliseconds: where the slowest twentieth, which is a quarter of the slow ones, begins. */
export function trueP95Ms(slower) {
  const shareOfSlow = 1 - 0.05 / slowShare;
  return slower * slowMs * (1 + scatter * (2 * shareOfSlow - 1));
}

/** The p95 of what was done: linear between the two nearest ranks, as the product has it. */
export function p95OfTimes(times) {
  const sorted = [...times].sort((one, other) => one - other);
  const position = 0.95 * (sorted.length - 1);
  const rank = Math.floor(position);
  const next = sorted[Math.min(rank + 1, sorted.length - 1)];
  return sorted[rank] + (next - sorted[rank]) * (position - rank);
}
