import { describe, expect, test } from 'vitest';
import type { IndexTrial } from '../model/plan-trials.ts';
import type { StatementPlan } from '../model/plans.ts';
import { analyzed, execution, planNode, plansOf, queriesOf, request, statement } from '../testing/artifacts.ts';
import { missingIndex } from './missing-index.ts';

const sessions = statement(0, 'SELECT id FROM sessions WHERE user_id = $1');
const insert = statement(1, 'INSERT INTO sessions VALUES ($1)', { kind: 'insert', tables: ['sessions'] });

type Tried = Extract<IndexTrial, { status: 'tried' }>;
const tried = (more: Partial<Tried> = {}): Tried => ({
  ...{ status: 'tried', fingerprint: sessions.fingerprint, table: 'sessions', columns: ['user_id', 'status'] },
  ...{ ddl: 'CREATE INDEX CONCURRENTLY ON sessions (user_id, status)', where: 'scratch-copy', runs: 5, used: true },
  ...{ beforeMs: 40, afterMs: 0.25, sizeBytes: 7_800_000, buildMs: 420, planBefore: planNode(), planAfter: planNode() },
  ...more,
});
const untried: IndexTrial = {
  ...{ status: 'untried', fingerprint: sessions.fingerprint, table: 'sessions', columns: ['user_id'] },
  ...{ ddl: 'CREATE INDEX CONCURRENTLY ON sessions (user_id)', reason: 'no copy may be made' },
};

function audit(
  trials: readonly IndexTrial[],
  { statements = [analyzed(sessions)] as readonly StatementPlan[], calls = 1, thresholds = missingIndex.defaults } = {},
) {
  const requests = [request(Array.from({ length: calls }, (_, n) => execution(sessions, { parameters: [n] })))];
  return missingIndex.run(
    { queries: queriesOf([sessions], requests), plans: plansOf({ statements, trials }) },
    thresholds,
  );
}

describe('an index that was tried', () => {
  test('is proven, with what it costs and what it saves', () => {
    expect(audit([tried()])).toMatchObject([
      {
        key: `missing-index|GET /orders|${sessions.fingerprint}`,
        ...{ grade: 'proven', severity: 'high', savingMs: 39.75 },
        summary: 'sessions has no index on (user_id, status); with one the statement takes 0.25 ms instead of 40.0 ms',
        evidence: [
          { kind: 'statement', calls: 1 },
          { kind: 'fix', label: 'the index: 7.8 MB, built in 0.4 s' },
          { kind: 'measurement', beforeMs: 40, afterMs: 0.25, runs: 5 },
          { kind: 'plan' },
          { kind: 'plan' },
        ],
      },
    ]);
  });

  test('saves as often as the statement runs in a request', () => {
    expect(audit([tried()], { calls: 3 })).toMatchObject([{ savingMs: 3 * 39.75 }]);
  });

  test('must gain three tenths of the time', () => {
    expect(audit([tried({ beforeMs: 10, afterMs: 7 })])).toHaveLength(1);
    expect(audit([tried({ beforeMs: 10, afterMs: 7.1 })])).toEqual([]);
    expect(audit([tried({ beforeMs: 10, afterMs: 12 })])).toEqual([]);
  });

  test('must gain a fifth of a millisecond in the request, in one statement or in many', () => {
    expect(audit([tried({ beforeMs: 0.36, afterMs: 0.15 })])).toHaveLength(1);
    expect(audit([tried({ beforeMs: 0.3, afterMs: 0.15 })])).toEqual([]);
    expect(audit([tried({ beforeMs: 0.3, afterMs: 0.15 })], { calls: 2 })).toHaveLength(1);
    const thresholds = { minGain: 0.1, minGainMs: 0.1 };
    expect(audit([tried({ beforeMs: 0.3, afterMs: 0.15 })], { thresholds })).toHaveLength(1);
  });

  test('that the planner passes over, or that serves another statement, is none', () => {
    expect(audit([tried({ used: false })])).toEqual([]);
    expect(audit([tried({ fingerprint: 'another' })])).toEqual([]);
  });

  test('is the best of several, and told once', () => {
    const better = tried({ columns: ['user_id'], afterMs: 0.1 });
    expect(audit([tried(), better, untried])).toMatchObject([{ summary: expect.stringContaining('(user_id);') }]);
  });
});

test('an index that could not be tried is likely, and promises no figure', () => {
  const result = audit([untried]);
  expect(result).toMatchObject([
    {
      ...{ grade: 'likely', severity: 'medium' },
      evidence: [
        { kind: 'statement' },
        { kind: 'fix', label: 'candidate, not tried' },
        { kind: 'text', text: 'Not tried, so the saving is unknown: no copy may be made.' },
        { kind: 'plan' },
      ],
    },
  ]);
  expect(result).not.toHaveProperty('0.savingMs');
});

test('a statement whose plan reads nothing in vain has no finding', () => {
  expect(
    audit([{ status: 'none', fingerprint: sessions.fingerprint, reason: 'its plan reads no table in vain' }]),
  ).toEqual([]);
  expect(audit([])).toEqual([]);
});

describe('what proves nothing', () => {
  const refused: StatementPlan = {
    ...{ status: 'refused', fingerprint: sessions.fingerprint, sql: sessions.normalized },
    reason: 'permission denied for table sessions',
  };

  test('is inconclusive: no plan of any read, or no request', () => {
    expect(audit([], { statements: [refused] })).toEqual({
      inconclusive: 'no statement could be executed: permission denied for table sessions',
    });
    expect(audit([], { statements: [] })).toEqual({ inconclusive: 'no statement was explained' });
    expect(missingIndex.run({ queries: queriesOf([], []), plans: plansOf() }, missingIndex.defaults)).toHaveProperty(
      'inconclusive',
    );
  });

  test('does not outweigh a plan that was made, nor requests that only write or ask nothing', () => {
    expect(audit([], { statements: [refused, analyzed(sessions)] })).toEqual([]);
    const planned: StatementPlan = {
      ...{ status: 'planned', fingerprint: insert.fingerprint, sql: insert.normalized },
      ...{ reason: 'it writes', plan: planNode() },
    };
    const writes = queriesOf([insert], [request([execution(insert)])]);
    expect(
      missingIndex.run({ queries: writes, plans: plansOf({ statements: [planned] }) }, missingIndex.defaults),
    ).toEqual([]);
    const silent = queriesOf([], [request([])]);
    expect(missingIndex.run({ queries: silent, plans: plansOf() }, missingIndex.defaults)).toEqual([]);
  });
});
