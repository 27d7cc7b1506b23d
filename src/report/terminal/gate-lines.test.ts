import { describe, expect, it } from 'vitest';
import type { Decision, LoadedRun, RuleResult } from '../../model/run.ts';
import { sampleRun } from '../../testing/sample-run.ts';
import { displayWidth } from './display-width.ts';
import { renderTerminal } from './render-terminal.ts';

const plain = { width: 80, color: false, showParameters: false };

function decided(decision: Partial<Decision>): LoadedRun {
  const loaded = sampleRun();
  return { ...loaded, run: { ...loaded.run, decision: { ...loaded.run.decision, ...decision } } };
}

const rules: readonly RuleResult[] = [
  { rule: 'p95 <= -20%', status: 'holds', summary: 'p95 of GET /orders went from 84 ms to 12 ms (−86 %)' },
  { rule: 'errors <= +0%', status: 'broken', summary: 'the error rate of GET /orders went from 0 % to 2 %' },
  { rule: 'p99 < 1s', status: 'unsure', summary: `p99 of GET /report is ${'x'.repeat(300)}` },
  { rule: 'cpu < 5ms', status: 'unknown', summary: 'cpu of the whole load was not measured' },
];

describe('the gate in the terminal report', () => {
  it('says on the first line why it fails, before anything else', () => {
    const reason = 'the gate requires "errors <= +0%", but the error rate of GET /orders went from 0 % to 2 %';
    const [first = '', ...rest] = renderTerminal(decided({ exitCode: 1, reason }), plain).split('\n');
    expect(first).toMatch(/^gate failed \(exit code 1\): the gate requires "errors <= \+0%", but/);
    expect(rest.slice(0, 3).join('\n')).toMatch(/from 0 % to 2 %\n\nchokepoint {2}orders/);
  });

  it('begins with the headline where it passes', () => {
    expect(renderTerminal(decided({ rules }), plain)).toMatch(/^chokepoint {2}orders/);
  });

  it('shows each rule with its state and figures, and keeps within the width', () => {
    const text = renderTerminal(decided({ rules }), plain);
    expect(text).toContain('GATE       ✓ holds   p95 <= -20%\n             p95 of GET /orders went from 84 ms');
    expect(text).toContain('\n           ✗ broken  errors <= +0%\n');
    expect(text).toContain('\n           ? unsure  p99 < 1s\n');
    expect(text).toContain('\n           – unknown cpu < 5ms\n             cpu of the whole load was not measured\n');
    for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(80);
  });
});
