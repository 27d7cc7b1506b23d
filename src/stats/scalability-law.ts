/** Throughput at a number of concurrent users. */
export interface ScalabilityPoint {
  readonly users: number;
  readonly perS: number;
}

/**
 * The Universal Scalability Law, X(N) = λN / (1 + σ(N − 1) + κN(N − 1)), fitted to measured points.
 *
 * Source: N. J. Gunther, Guerrilla Capacity Planning (2007), chapters 4 to 6, and
 * http://www.perfdynamics.com/Manifesto/USLscalability.html
 */
export interface ScalabilityFit {
  /** λ: what one user alone gets done per second. */
  readonly perUserPerS: number;
  /** σ, 0 to 1: the share of the work that only one at a time can do. */
  readonly contention: number;
  /** κ, from 0: what each pair of users costs for keeping in step with each other. */
  readonly coherency: number;
  /** Share of the variation of the throughput that the law explains; at most 1. */
  readonly rSquared: number;
  /** Where the curve is highest; left out where it rises for ever, as it does without coherency. */
  readonly peak?: ScalabilityPoint;
}

/** Parameters besides λ, which follows from them. */
interface Shape {
  readonly contention: number;
  readonly coherency: number;
}

/** With fewer points than this, three parameters fit whatever the service does. */
export const fewestPoints = 5;

/**
 * Fits the law by least squares, with 0 ≤ σ ≤ 1 and κ ≥ 0; `undefined` below {@link fewestPoints} different numbers of
 * users, or where nothing got through.
 *
 * For given σ and κ the best λ is a closed formula (variable projection, Golub and Pereyra 1973), which leaves a search
 * in two dimensions: a grid over the orders of magnitude that occur, then steps that halve around its best node.
 */
export function fitScalabilityLaw(points: readonly ScalabilityPoint[]): ScalabilityFit | undefined {
  if (new Set(points.map(({ users }) => users)).size < fewestPoints) return undefined;
  const mean = points.reduce((sum, { perS }) => sum + perS, 0) / points.length;
  if (!(mean > 0)) return undefined;
  const total = points.reduce((sum, { perS }) => sum + (perS - mean) ** 2, 0);
  const error = (shape: Shape) => squaredError(points, shape);

  const shape = refined(bestOf(grid, error), error);
  const perUserPerS = bestRate(points, shape);
  const rSquared = total > 0 ? 1 - error(shape) / total : error(shape) === 0 ? 1 : 0;
  const peakUsers = peakOf(shape);
  const peak = peakUsers && { users: peakUsers, perS: perUserPerS * relativeCapacity(peakUsers, shape) };
  return { perUserPerS, ...shape, rSquared, ...(peak && { peak }) };
}

/** Throughput that the law gives for so many users. */
export function predictThroughput(fit: Omit<ScalabilityFit, 'rSquared' | 'peak'>, users: number): number {
  return fit.perUserPerS * relativeCapacity(users, fit);
}

/** C(N): how many times as much N users get done as one does. */
function relativeCapacity(users: number, { contention, coherency }: Shape): number {
  return users / (1 + contention * (users - 1) + coherency * users * (users - 1));
}

/** N* = √((1 − σ)/κ), where the derivative of C is 0; at least one user. */
function peakOf({ contention, coherency }: Shape): number | undefined {
  return coherency > 0 ? Math.max(1, Math.sqrt((1 - contention) / coherency)) : undefined;
}

function bestRate(points: readonly ScalabilityPoint[], shape: Shape): number {
  let product = 0;
  let squares = 0;
  for (const { users, perS } of points) {
    const capacity = relativeCapacity(users, shape);
    product += capacity * perS;
    squares += capacity ** 2;
  }
  return product / squares;
}

function squaredError(points: readonly ScalabilityPoint[], shape: Shape): number {
  const rate = bestRate(points, shape);
  return points.reduce((sum, { users, perS }) => sum + (perS - rate * relativeCapacity(users, shape)) ** 2, 0);
}

/** Zero, and four values for each power of ten up to one. */
const magnitudes = [0, ...Array.from({ length: 33 }, (_, index) => 10 ** (-8 + index / 4))];
const grid: readonly Shape[] = magnitudes.flatMap((contention) =>
  magnitudes.map((coherency) => ({ contention, coherency })),
);

function bestOf(shapes: readonly Shape[], error: (shape: Shape) => number): Shape {
  return shapes.reduce((best, shape) => (error(shape) < error(best) ? shape : best), {
    contention: 0,
    coherency: 0,
  });
}

/** Compass search: steps relative to each parameter, in the eight directions, halved where none of them is better. */
function refined(start: Shape, error: (shape: Shape) => number): Shape {
  let best = start;
  for (let step = 0.5; step > 1e-9; ) {
    const around = bestOf([best, ...neighbours(best, step)], error);
    if (error(around) < error(best)) best = around;
    else step /= 2;
  }
  return best;
}

function neighbours({ contention, coherency }: Shape, step: number): readonly Shape[] {
  const contentions = [contention, contention * (1 - step), Math.min(1, contention * (1 + step))];
  const coherencies = [coherency, coherency * (1 - step), coherency * (1 + step)];
  return contentions.flatMap((each) => coherencies.map((other) => ({ contention: each, coherency: other })));
}
