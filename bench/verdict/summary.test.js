import { describe, expect, test } from 'vitest';
import { createHistogram } from '../../dist/stats/histogram.js';
import { cases, planVerdicts } from './cases.js';
import { leftOf, requireSameSetting } from './records.js';
import { render } from './report.js';
import { summarise } from './summary.js';

describe('the plan', () => {
  test('has every case once in each three, in an order that changes', () => {
    const plan = planVerdicts(1, 20);
    expect(plan).toHaveLength(60);
    const threes = Array.from({ length: 20 }, (_, run) => plan.slice(3 * run, 3 * run + 3).map((one) => one.case));
    for (const three of threes) expect([...three].sort()).toEqual(cases.map(({ id }) => id).sort());
    expect(new Set(threes.map(String)).size).toBeGreaterThan(3);
    expect(new Set(plan.map(({ seed }) => seed)).size).toBe(60);
  });

  test('of fewer runs is the beginning of that of more, so that a file can be continued with more', () => {
    expect(planVerdicts(7, 20).slice(0, 15)).toEqual(planVerdicts(7, 5));
  });

  test('leaves out what is recorded, and tries again what failed', () => {
    const plan = planVerdicts(1, 2);
    const [first, second] = plan;
    const entries = [
      { ...first, kind: 'verdict' },
      { ...second, kind: 'failure' },
    ];
    expect(leftOf(plan, entries)).toEqual(plan.slice(1));
  });

  test('is not continued on another machine', () => {
    const entries = [{ kind: 'session', machine: 'one', seed: 1 }];
    expect(() => requireSameSetting(entries, { machine: 'other', seed: 1 })).toThrow(
      'recorded with another machine: "one", and now it is "other"',
    );
  });
});

describe('the targets', () => {
  test('are met by twenty runs without an alarm, and nineteen caught', () => {
    expect(statesOf({ '+20%': [...Array(19).fill('REGRESSED'), 'INCONCLUSIVE'] })).toEqual(['met', 'met', 'met']);
  });

  test('are missed by one alarm, whichever way it points', () => {
    expect(statesOf({ same: [...Array(19).fill('OK'), 'IMPROVED'] })[0]).toBe('missed');
    expect(statesOf({ same: ['REGRESSED'] })[0]).toBe('missed');
  });

  test('are missed by eighteen of twenty', () => {
    expect(statesOf({ '+20%': [...Array(18).fill('REGRESSED'), 'OK', 'OK'] })[1]).toBe('missed');
  });

  test('are missed by one verdict that took too long', () => {
    expect(statesOf({}, 121)[2]).toBe('missed');
  });

  test('stay open with nineteen runs', () => {
    expect(statesOf({ same: Array(19).fill('OK'), '+20%': Array(19).fill('REGRESSED') })).toEqual([
      'open',
      'open',
      'open',
    ]);
  });
});

test('the report shows what was missed and what did not come about', () => {
  const failure = { kind: 'failure', case: '+10%', run: 20, message: 'the service ended\nat once' };
  const text = render(summarise([...entriesOf({ same: [...Array(19).fill('OK'), 'REGRESSED'] }), failure]));
  expect(text).toContain('false alarms at A/A: 1 of 20, at most 0: **MISSED**');
  expect(text).toMatch(/\| A\/A +\| 20 +\| 1 +\| 0 +\| 19 +\| 0 +\| 0 +\|/);
  expect(text).toContain('+10 %, run 20: the generator was late\n');
  expect(text).toMatch(/\| chokepoint: [^|]*\| 1 of 20 +\| 0 of 20 +\| 20 of 20 +\|/);
  expect(text).toContain('+10%, run 21: the service ended\n');
});

function statesOf(verdicts, seconds) {
  return summarise(entriesOf(verdicts, seconds)).targets.map(({ state }) => state);
}

/** The entries of a file: for each case its verdicts, or twenty good ones where nothing is said. */
function entriesOf(verdicts, seconds = 40) {
  const usual = {
    same: Array(20).fill('OK'),
    '+10%': Array(20).fill('INCONCLUSIVE'),
    '+20%': Array(20).fill('REGRESSED'),
  };
  const histogram = createHistogram();
  for (let us = 1000; us < 1100; us++) histogram.record(us);
  const side = histogram.store();
  return [
    { kind: 'session', date: '2026-01-31', machine: 'one', versions: { Node: '20' }, seed: 1, busyShare: 0 },
    ...Object.entries({ ...usual, ...verdicts }).flatMap(([id, list]) =>
      list.map((verdict, run) => ({
        kind: 'verdict',
        case: id,
        run,
        verdict,
        seconds,
        distrust: run === 19 && id === '+10%' ? ['the generator was late'] : [],
        judgedOn: { name: 'p95', change: 0.01, resolution: 0.05 },
        rounds: [{ before: side, after: side }],
        truth: { before: 9000, after: 9000 },
      })),
    ),
    { kind: 'end', busyShare: 0 },
  ];
}
