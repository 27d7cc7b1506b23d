import { describe, expect, it } from 'vitest';
import { capacityResult, capacityStep, poolSteps } from '../../testing/sample-capacity.ts';
import { displayWidth } from './display-width.ts';
import { renderCapacity } from './render-capacity.ts';

const plain = { width: 80, color: false };

describe('a capacity', () => {
  it('begins with the knee and what limits it', () => {
    const text = renderCapacity(capacityResult(), plain);
    expect(text.replace(/\n/g, ' ')).toMatch(
      /^knee at 4 connections: 200\/s, p95 22\.0 ms; limited by a pool or a limit of about 4 requests at a time/,
    );
    expect(text).toMatch(/ 4 +200\/s +20\.0 ms +22\.0 ms +0 % +0\.05 cores +10 % +← knee/);
    expect(text).toContain('It recovers when the load falls.');
    expect(text).toContain('Bound the queue');
  });

  it('says that nothing is established where the generator was the limit', () => {
    const { knee, overload, ...rest } = capacityResult({
      end: 'generator',
      limit: { kind: 'generator', summary: 'the load generator itself (busy 92 % of the time)', evidence: [] },
      failureMode: { kind: 'not-established', summary: 'The service was not overloaded.', evidence: [] },
    });
    expect([knee, overload]).not.toContain(undefined);
    expect(renderCapacity(rest, plain)).toMatch(
      /^no knee found: at least 200\/s; limited by the load generator itself/,
    );
  });

  it('tells the law in words, and not at all where it fits poorly', () => {
    const law = { points: 9, perConnectionPerS: 56.5, contention: 0.073, coherency: 0.0047, rSquared: 0.98 };
    const peak = { connections: 14.2, perS: 213, measured: true };
    const shown = renderCapacity(capacityResult({ scalability: { status: 'fitted', ...law, peak } }), plain);
    expect(shown).toContain('7.3 % of the');
    expect(shown).toContain('at 14 connections');
    const poor = renderCapacity(capacityResult({ scalability: { status: 'poor', ...law, rSquared: 0.6 } }), plain);
    expect(poor).toContain('fits poorly (R² 0.600');
    expect(poor).not.toContain('7.3 %');
    const far = { ...law, peak: { ...peak, measured: false } };
    expect(renderCapacity(capacityResult({ scalability: { status: 'fitted', ...far } }), plain)).toContain('beyond');
  });

  it('shows findings, refusals and doubts, with what it cannot know left open', () => {
    const { meanMs, p50Ms, p95Ms, p99Ms, ...silent } = capacityStep({ connections: 64, usage: {}, due: 0 });
    expect([meanMs, p50Ms, p95Ms, p99Ms]).not.toContain(undefined);
    const result = capacityResult({ steps: [...poolSteps, silent], warnings: ['other programs used 0.7 cores'] });
    const finding = {
      key: 'no-backpressure',
      audit: 'no-backpressure',
      severity: 'high',
      grade: 'proven',
      summary: 'Nothing is refused.',
      evidence: [],
    } as const;
    const outcomes = { 'no-backpressure': { status: 'fail', findings: [finding] } } as const;
    const text = renderCapacity({ ...result, outcomes }, plain);
    expect(text).toContain('no-backpressure (no-backpressure, proven): Nothing is refused.');
    expect(text).toContain('doubt       other programs used 0.7 cores');
    expect(text).toMatch(/ 64 +100\/s +n\/a +n\/a +n\/a +n\/a/);
  });

  it('keeps within the width, whatever the names', () => {
    const text = renderCapacity(capacityResult({ scenario: '漢字'.repeat(60), variant: 'v'.repeat(40) }), plain);
    expect(Math.max(...text.split('\n').map(displayWidth))).toBeLessThanOrEqual(80);
  });
});
