import { expect, test } from 'vitest';
import type { StatementPlan } from '../model/plans.ts';
import { analyzed, execution, planNode, plansOf, queriesOf, request, statement } from '../testing/artifacts.ts';
import { changeOf } from '../testing/sample-change.ts';
import { causesInPlans } from './cause-plans.ts';

const sessions = statement(0, 'SELECT id FROM sessions WHERE user_id = $1');
const traced = (calls: number) =>
  queriesOf(
    [sessions],
    Array.from({ length: 3 }, () => request(Array.from({ length: calls }, () => execution(sessions)))),
  );

const seqScan = planNode({ relation: 'sessions' });
const indexScan = planNode({ type: 'Index Scan', relation: 'sessions', index: 'by_user' });
const fast = analyzed(sessions, { plan: indexScan, executionMs: 0.4 });
const slow = analyzed(sessions, { plan: seqScan, executionMs: 12.4 });

const causes = (
  before: StatementPlan,
  after: StatementPlan,
  direction: 1 | -1 = 1,
  calls: readonly [number, number] = [1, 1],
) =>
  causesInPlans(
    changeOf(
      { queries: traced(calls[0]), plans: plansOf({ statements: [before] }) },
      { queries: traced(calls[1]), plans: plansOf({ statements: [after] }) },
      direction,
    ),
  );

test('another plan that takes longer is a cause, by its time and the calls of a request', () => {
  expect(causes(fast, slow, 1, [3, 3])).toEqual([
    {
      kind: 'plan',
      fingerprint: sessions.fingerprint,
      summary:
        'Index Scan on sessions (by_user) → Seq Scan on sessions, 0.4 → 12.4 ms each: SELECT id FROM sessions WHERE user_id = $1',
      explainsMs: expect.closeTo(36, 6),
    },
  ]);
  expect(causes(slow, fast, -1)[0]?.explainsMs).toBeCloseTo(-12, 6);
});

test('calls that only one side makes are no matter of the plan', () => {
  expect(causes(fast, slow, 1, [1, 50])[0]?.explainsMs).toBeCloseTo(12, 6);
});

test('the same plan is no cause, however long it took, nor is another that takes as long or less', () => {
  expect(causes({ ...slow, executionMs: 1 }, slow)).toEqual([]);
  expect(causes({ ...fast, executionMs: 12 }, slow)).toEqual([]);
  expect(causes(slow, fast, 1)).toEqual([]);
});

test('a plan that could not be executed is told without a figure', () => {
  const planned = (plan: typeof seqScan): StatementPlan => ({
    ...{ status: 'planned', fingerprint: sessions.fingerprint, sql: sessions.normalized, reason: 'it writes', plan },
  });
  const [cause] = causes(planned(indexScan), planned(seqScan));
  expect(cause?.summary).toMatch(/^Index Scan on sessions \(by_user\) → Seq Scan on sessions: SELECT/);
  expect(cause).not.toHaveProperty('explainsMs');
});

test('a statement that was refused, or of another endpoint, is none', () => {
  const refused = {
    status: 'refused',
    fingerprint: sessions.fingerprint,
    sql: sessions.normalized,
    reason: 'x',
  } as const;
  expect(causes(refused, slow)).toEqual([]);
  expect(causes(fast, slow, 1, [0, 1])).toEqual([]);
});
