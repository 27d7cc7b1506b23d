import { describe, expect, it } from 'vitest';
import { createRandom } from '../model/random.ts';
import { signFlipLimit, signFlipP } from './sign-flip.ts';

/** The definition, word for word. */
function enumerated(differences: readonly number[]): number {
  const n = differences.length;
  const seen = differences.reduce((sum, value) => sum + value, 0);
  let count = 0;
  for (let signs = 0; signs < 2 ** n; signs++) {
    const sum = differences.reduce((total, value, index) => total + ((signs >> index) & 1 ? -value : value), 0);
    if (sum >= seen - 1e-12) count += 1;
  }
  return count / 2 ** n;
}

describe('signFlipP', () => {
  it('is 2⁻ⁿ where every difference has the same sign', () => {
    expect(signFlipP([0.1, 0.2, 0.15, 0.3])).toBe(1 / 16);
    expect(signFlipP([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])).toBe(1 / 256);
  });

  it('is 1 where nothing differs, and where all of it points the other way', () => {
    expect(signFlipP([0, 0, 0, 0, 0, 0])).toBe(1);
    expect(signFlipP([-0.1, -0.2, -0.3])).toBe(1);
    expect(signFlipP([])).toBe(1);
  });

  it("gives Fisher's p for Darwin's fifteen pairs of maize: 863 of 32,768", () => {
    const darwin = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
    expect(signFlipP(darwin) * 32_768).toBe(863);
  });

  it('counts what a plain enumeration counts', () => {
    const random = createRandom(11);
    for (let n = 1; n <= 12; n++) {
      const differences = Array.from({ length: n }, () => random() - 0.4);
      expect(signFlipP(differences)).toBe(enumerated(differences));
    }
  });

  it('counts ties that rounding hides: 0.1 + 0.2 is 0.3', () => {
    expect(signFlipP([0.1, 0.2, -0.3])).toBe(enumerated([1, 2, -3]));
  });

  it('takes as many as its limit and refuses one more', () => {
    expect(signFlipP(Array.from({ length: signFlipLimit }, () => 1))).toBe(2 ** -signFlipLimit);
    expect(() => signFlipP(Array.from({ length: signFlipLimit + 1 }, () => 1))).toThrow(RangeError);
  });
});
