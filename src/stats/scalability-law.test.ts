import { describe, expect, it } from 'vitest';
import { createRandom } from '../model/random.ts';
import { fitScalabilityLaw, predictThroughput } from './scalability-law.ts';

const users = [1, 2, 4, 8, 12, 16, 24, 32, 64, 128];

function synthetic(
  law: { perUserPerS: number; contention: number; coherency: number },
  noise: (index: number) => number = () => 0,
) {
  return users.map((n, index) => ({ users: n, perS: predictThroughput(law, n) * (1 + noise(index)) }));
}

describe('fitScalabilityLaw', () => {
  it.each([
    { perUserPerS: 995.65, contention: 0.0267, coherency: 0.000769 },
    { perUserPerS: 40, contention: 0.2, coherency: 0.0001 },
    { perUserPerS: 12_000, contention: 0.001, coherency: 0.01 },
  ])('finds the parameters of an exact curve: σ = $contention, κ = $coherency', (law) => {
    const fit = fitScalabilityLaw(synthetic(law));
    expect(fit?.perUserPerS).toBeCloseTo(law.perUserPerS, 1);
    expect(fit?.contention).toBeCloseTo(law.contention, 5);
    expect(fit?.coherency).toBeCloseTo(law.coherency, 6);
    expect(fit?.rSquared).toBeCloseTo(1, 8);
    expect(fit?.peak?.users).toBeCloseTo(Math.sqrt((1 - law.contention) / law.coherency), 1);
  });

  it('finds them about where the points are 3 % off', () => {
    const random = createRandom(7);
    const law = { perUserPerS: 500, contention: 0.03, coherency: 0.0005 };
    for (let trial = 0; trial < 20; trial++) {
      const fit = fitScalabilityLaw(synthetic(law, () => (random() - 0.5) * 0.06));
      expect(fit?.contention).toBeGreaterThan(0.015);
      expect(fit?.contention).toBeLessThan(0.045);
      expect(fit?.peak?.users).toBeGreaterThan(36);
      expect(fit?.peak?.users).toBeLessThan(53);
      expect(fit?.rSquared).toBeGreaterThan(0.97);
    }
  });

  it('finds a contention of about 5 % in the ray tracer that Gunther (2007) takes as his example', () => {
    // Processors and thousands of rays per second.
    const points = [
      [1, 20],
      [4, 78],
      [8, 130],
      [12, 170],
      [16, 190],
      [20, 200],
      [24, 210],
      [28, 230],
      [32, 260],
      [48, 280],
      [64, 310],
    ].map(([n = 0, perS = 0]) => ({ users: n, perS }));
    const fit = fitScalabilityLaw(points);
    expect(fit?.contention).toBeGreaterThan(0.03);
    expect(fit?.contention).toBeLessThan(0.07);
    expect(fit?.coherency).toBeLessThan(0.0001);
    expect(fit?.rSquared).toBeGreaterThan(0.98);
  });

  it('rises for ever where there is neither contention nor coherency', () => {
    const fit = fitScalabilityLaw(synthetic({ perUserPerS: 10, contention: 0, coherency: 0 }));
    expect(fit).toMatchObject({ contention: 0, coherency: 0, rSquared: 1 });
    expect(fit?.peak).toBeUndefined();
  });

  it('has full contention where the throughput is the same for any number of users', () => {
    const fit = fitScalabilityLaw(users.map((n) => ({ users: n, perS: 100 })));
    expect(fit?.contention).toBeCloseTo(1, 6);
    expect(fit?.perUserPerS).toBeCloseTo(100, 3);
    expect(fit?.coherency).toBeLessThan(1e-6);
  });

  it('explains little of points that follow no law, and says so', () => {
    const points = users.map((n, index) => ({ users: n, perS: index % 2 === 0 ? 100 : 10 }));
    expect(fitScalabilityLaw(points)?.rSquared).toBeLessThan(0.5);
  });

  it('fits nothing to four different numbers of users, nor to a service that answers nothing', () => {
    const four = [1, 2, 4, 8, 8].map((n) => ({ users: n, perS: n }));
    expect(fitScalabilityLaw(four)).toBeUndefined();
    expect(fitScalabilityLaw(users.map((n) => ({ users: n, perS: 0 })))).toBeUndefined();
  });
});
