/**
 * P(T > t) for Student's t with `df` > 0 degrees of freedom, which need not be whole (Welch).
 *
 * Source: https://dlmf.nist.gov/8.17 (the tail is half of a regularised incomplete beta function) and
 * https://www.itl.nist.gov/div898/handbook/eda/section3/eda3664.htm
 */
export function studentTUpperTail(t: number, df: number): number {
  if (!(df > 0)) throw new RangeError(`degrees of freedom must be positive, not ${df}`);
  if (t < 0) return 1 - studentTUpperTail(-t, df);
  if (t === Number.POSITIVE_INFINITY) return 0;
  return regularisedIncompleteBeta(df / (df + t * t), df / 2, 0.5) / 2;
}

/**
 * The value below which a share `p` (0 < p < 1) of Student's t with `df` > 0 degrees of freedom lies.
 *
 * Found by bisection: the tail is monotone, so it cannot miss, and a comparison asks for a few of them only.
 */
export function studentTQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`a quantile lies between 0 and 1, not at ${p}`);
  if (p < 0.5) return -studentTQuantile(1 - p, df);
  let low = 0;
  let high = 1;
  while (studentTUpperTail(high, df) > 1 - p) {
    low = high;
    high *= 2;
  }
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (studentTUpperTail(middle, df) > 1 - p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** I_x(a, b). The continued fraction converges fast on one side of the mean only, so the other is mirrored. */
function regularisedIncompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - regularisedIncompleteBeta(1 - x, b, a);
  const lnFront = a * Math.log(x) + b * Math.log1p(-x) + lnGamma(a + b) - lnGamma(a) - lnGamma(b);
  return (Math.exp(lnFront) / a) * betaContinuedFraction(x, a, b);
}

/** The fraction of https://dlmf.nist.gov/8.17.E22, evaluated by Lentz's method (https://dlmf.nist.gov/3.10#iii). */
function betaContinuedFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const awayFromZero = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let step = 1;
    for (const coefficient of [even, odd]) {
      d = 1 / awayFromZero(1 + coefficient * d);
      c = awayFromZero(1 + coefficient / c);
      step = c * d;
      fraction *= step;
    }
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return fraction;
}

const lanczos = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x > 0 by Lanczos' series with g = 7: https://en.wikipedia.org/wiki/Lanczos_approximation */
function lnGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
  const series = lanczos.reduce((sum, coefficient, index) => sum + coefficient / (x + index), 0.9999999999998099);
  const base = x + 6.5;
  return Math.log(2 * Math.PI) / 2 + (x - 0.5) * Math.log(base) - base + Math.log(series);
}
