import { describe, expect, it } from 'vitest';
import type { ArrivalPhase } from '../model/load-spec.ts';
import { loadArtifact } from '../testing/sample-rounds.ts';
import { loadText } from './load-text.ts';

const open = (phases: readonly ArrivalPhase[], arrivals: 'even' | 'poisson' = 'even') =>
  loadArtifact({ model: { kind: 'open', phases, arrivals, connections: 500 } });
const rate = (perS: number): ArrivalPhase => ({ fromPerS: perS, toPerS: perS, warmup: false });

describe('loadText', () => {
  it('counts the connections of the closed model, and the threads where there are several', () => {
    const load = loadArtifact();
    expect(loadText(load)).toBe('10 connections');
    expect(loadText({ ...load, health: { ...load.health, threads: 4 } })).toBe('10 connections, from 4 threads');
  });

  it('gives the rate of the open model', () => {
    expect(loadText(open([rate(200)]))).toBe('flows begun at 200 per second, over at most 500 connections');
    expect(loadText(open([rate(0.5)], 'poisson'))).toBe(
      'flows begun at 0.5 per second, at random distances (Poisson), over at most 500 connections',
    );
  });

  it('gives its phases in order, without those that warm up', () => {
    const phases: readonly ArrivalPhase[] = [
      { fromPerS: 1, toPerS: 50, durationMs: 5000, warmup: true },
      { name: 'ramp', fromPerS: 50, toPerS: 1400, durationMs: 30_000, warmup: false },
      { ...rate(1400), durationMs: 90_000 },
    ];
    expect(loadText(open(phases))).toBe(
      'flows begun at 50 to 1,400 per second within 30.0 s (ramp), then 1,400 per second for 1 min 30 s, over at most 500 connections',
    );
  });
});
