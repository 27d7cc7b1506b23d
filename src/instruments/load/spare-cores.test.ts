import { describe, expect, it } from 'vitest';
import { threadsFor } from './spare-cores.ts';

describe('the threads of the generator', () => {
  it('leave at least half of the cores to the service', () => {
    expect([1, 2, 3, 4, 7, 8].map((cores) => threadsFor(1000, cores))).toEqual([1, 1, 1, 2, 3, 4]);
  });

  it('are eight at most, however many cores there are', () => {
    expect(threadsFor(1000, 64)).toBe(8);
  });

  it('have eight connections each', () => {
    expect([1, 8, 15, 16, 31, 32].map((connections) => threadsFor(connections, 64))).toEqual([1, 1, 1, 2, 3, 4]);
  });
});
