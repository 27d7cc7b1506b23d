import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Metric } from '../model/comparison.ts';
import type { Gate } from '../model/gate.ts';
import { geometricMean } from '../stats/summary.ts';
import { compareVariants } from './compare-variants.ts';
import { decideGate } from './gate.ts';
import { requestsNeeded } from './metrics.ts';

const page = readFileSync(new URL('../../docs/verdict.md', import.meta.url), 'utf8');
const exitCodesPage = readFileSync(new URL('../../docs/exit-codes.md', import.meta.url), 'utf8');
const gate: Gate = { metric: 'p95', margin: 0.1, floorMs: 1, errors: 0.001, certain: false, require: [], findings: [] };

function row(label: string): readonly number[] {
  const cells = new RegExp(`^\\| ${label} \\|(.*)\\|$`, 'm').exec(page)?.[1];
  return (cells ?? '').split('|').map(Number);
}

function metric(rounds: readonly number[]): Metric {
  const value = geometricMean(rounds) ?? null;
  return { name: 'p95', endpoint: 'GET /orders', unit: 'ms', better: 'lower', rounds, value };
}

it('the figures of docs/verdict.md are what its rounds give', () => {
  const [before, after] = [row('before'), row('after')];
  const differences = after.map((value, round) => Math.log(value / (before[round] ?? value)));
  expect(differences.map((difference) => difference.toFixed(3))).toEqual(row('d').map((value) => value.toFixed(3)));

  const comparison = compareVariants(
    { name: 'before', run: { metrics: [metric(before)], outcomes: {} } },
    { name: 'after', run: { metrics: [metric(after)], outcomes: {} } },
    gate,
    'sliced',
  );
  const p95 = comparison.metrics[0];
  if (p95 === undefined) throw new Error('p95 was not compared');
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  expect(page).toContain(`**+${percent(p95.change)}**`);
  expect(page).toContain(`**+${percent(p95.interval[0])} to +${percent(p95.interval[1])}**`);
  expect(page).toContain(`**p = ${p95.p.toFixed(4)}**`);
  expect(page).toContain(`**${percent(p95.resolution)}**`);
  expect(page).toContain(
    `% of ${p95.before.toFixed(1)} ms, the mean of *before*, is ${(p95.before * p95.change).toFixed(1)} ms`,
  );
  expect(comparison.verdict).toBe('REGRESSED');

  const { exitCode, reason } = decideGate({
    scenario: { name: 'orders', digest: '', endpoints: ['GET /orders'], gate, command: '' },
    variants: {},
    comparison,
    validity: { trusted: true, warnings: [] },
  });
  expect(exitCode).toBe(1);
  expect(exitCodesPage).toContain(reason);
});

it('the requests that docs/verdict.md wants for each quantile are those of the code', () => {
  const texts = (['p50', 'p90', 'p95', 'p99'] as const).map((name) => requestsNeeded(name).toLocaleString('en-US'));
  expect(page.replace(/\s+/g, ' ')).toContain(
    `${texts[0]} requests for p50, ${texts[1]} for p90, ${texts[2]} for p95, ${texts[3]} for p99`,
  );
});
