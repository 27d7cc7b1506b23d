/** The quantiles that are compared. */
export const quantiles = { p50: 0.5, p95: 0.95, p99: 0.99 };

/** How far a figure may be from the truth: the larger of the two. */
const tolerances = {
  p50: { share: 0.05, us: 500 },
  p95: { share: 0.05, us: 500 },
  p99: { share: 0.1, us: 1000 },
};

/** Linear between the two nearest ranks (definition 7 of Hyndman and Fan, 1996), as the product has it. */
function quantile(sorted, q) {
  const position = q * (sorted.length - 1);
  const rank = Math.floor(position);
  const low = sorted[rank];
  return position === rank ? low : low + (sorted[rank + 1] - low) * (position - rank);
}

/**
 * The true quantiles of a closed model, in microseconds, by name.
 *
 * A user is there only once, and its next request is not due before the last one was answered: nothing waits that
 * the server does not see. So the truth is what the server did to every request that it answered, the stalled ones
 * included. What it did, not what it was to do: on a busy machine a timer of 5 ms may take 6, and the user has waited 6.
 * Requests that it dropped have no time, for no answer ever came.
 */
export function closedTruth({ timesUs, stalledUs }) {
  return quantilesOf([...timesUs, ...stalledUs]);
}

/**
 * The true quantiles of an open model with evenly spaced arrivals, in microseconds, by name.
 *
 * Time counts from when a request was due. As long as there are more connections than requests under way, a
 * request is sent when it is due and the truth is again what the server did.
 *
 * In a stall it is not: connections run out, and the server sees a request only when the stall is over. But when each
 * was due is known: the arrivals are `1 / rate` apart, the first one being that from which the server counts. All that were
 * due between the beginning and the recorded end of the stall had to wait until that end. The others took what the
 * server records outside the stall, of which we know the distribution but not whom it hit, and need not: quantiles have no
 * order. Left out is that after the stall the server needs some milliseconds for those who wait. They are few against a
 * second, and touch most those who were due last and waited least, which no quantile here looks at.
 */
export function openTruth({ timesUs, stalledUs, stall }, ratePerS, due) {
  if (!stall) return quantilesOf([...timesUs, ...stalledUs]);
  const served = [...timesUs].sort((one, other) => one - other);
  const waitsUs = [];
  for (let index = 0; index < due; index++) {
    const dueMs = (index * 1000) / ratePerS;
    if (dueMs >= stall.fromMs && dueMs < stall.toMs) waitsUs.push((stall.toMs - dueMs) * 1000);
  }
  const others = due - waitsUs.length;
  const base = Array.from({ length: others }, (_, index) =>
    quantile(served, others === 1 ? 0.5 : index / (others - 1)),
  );
  return quantilesOf([...base, ...waitsUs]);
}

function quantilesOf(timesUs) {
  if (timesUs.length === 0) throw new Error('the server answered nothing');
  const sorted = timesUs.sort((one, other) => one - other);
  return Object.fromEntries(Object.entries(quantiles).map(([name, q]) => [name, quantile(sorted, q)]));
}

/** One figure against the truth; `ratio` is the error as a multiple of what is tolerated. */
export function compare(name, figureUs, truthUs) {
  const { share, us } = tolerances[name];
  const errorUs = figureUs - truthUs;
  const ratio = Math.abs(errorUs) / Math.max(us, share * truthUs);
  return { figureUs, truthUs, errorUs, ratio, isWithin: ratio <= 1 };
}
