import { describe, expect, it } from 'vitest';
import { closest } from './closest.ts';

describe('closest', () => {
  const keys = ['connections', 'warmup', 'rounds', 'slice', 'timeout', 'seed', 'as'];

  it.each([
    ['conections', 'connections', 'a letter left out'],
    ['connectionss', 'connections', 'a letter too many'],
    ['tiemout', 'timeout', 'two letters swapped'],
    ['Rounds', 'rounds', 'another case'],
    ['round', 'rounds', 'the singular'],
    ['warm_up', 'warmup', 'a separator'],
  ])('takes %s for %s: %s', (word, meant) => {
    expect(closest(word, keys)).toBe(meant);
  });

  it('suggests nothing that is far away, however short', () => {
    expect(closest('banana', keys)).toBeUndefined();
    expect(closest('x', ['a', 'b'])).toBeUndefined();
    expect(closest('', keys)).toBeUndefined();
    expect(closest('rounds', [])).toBeUndefined();
  });

  it('accepts a third of the letters wrong and not one more', () => {
    expect(closest('abcdxx', ['abcdef'])).toBe('abcdef');
    expect(closest('abcxxx', ['abcdef'])).toBeUndefined();
  });

  it('prefers the nearest, and the first of two that are equally near', () => {
    expect(closest('slics', ['slack', 'slice'])).toBe('slice');
    expect(closest('p96', ['p95', 'p99'])).toBe('p95');
  });

  it('does not work on words that nobody mistyped', () => {
    expect(closest('a'.repeat(1_000_000), keys)).toBeUndefined();
  });
});
