import { describe, expect, it } from 'vitest';
import type { ExecutedWrite } from '../../model/plan-trials.ts';
import type { PlansArtifact } from '../../model/plans.ts';
import type { StatementRating } from '../../model/statement-rating.ts';
import {
  fastSessionsPlan,
  ordersStatement,
  samplePlans,
  sessionsStatement,
  slowSessionsPlan,
} from '../../testing/sample-statements.ts';
import { displayWidth } from './display-width.ts';
import { renderPlans } from './render-plans.ts';

const plain = { width: 80, color: false, showParameters: false };

describe('plans in the terminal', () => {
  it('show every node with its own time, and the index that was tried', async () => {
    const text = renderPlans(samplePlans(0), plain);
    await expect(text).toMatchFileSnapshot('../../../fixtures/golden/explain-orders-terminal-80.txt');
    expect(Math.max(...text.split('\n').map(displayWidth))).toBeLessThanOrEqual(80);
  });

  it('show values in conditions only where they are asked for', () => {
    expect(renderPlans(samplePlans(0), plain)).not.toContain('4711');
    expect(renderPlans(samplePlans(0), { ...plain, showParameters: true })).toContain('4711');
  });

  it('say why a statement was not executed, and why an index was not tried', () => {
    const { fingerprint, normalized } = sessionsStatement;
    const plans: PlansArtifact = {
      ...samplePlans(0),
      rewrites: [],
      statements: [{ status: 'planned', fingerprint, sql: normalized, reason: 'it writes', plan: slowSessionsPlan }],
      trials: [
        { status: 'untried', fingerprint, table: 't', columns: ['a'], ddl: 'CREATE INDEX', reason: 'no scratch copy' },
      ],
    };
    const text = renderPlans(plans, plain);
    expect(text).toContain('planned, not executed: it writes');
    expect(text).toContain('untried    no scratch copy');
  });

  it('show a write as it was executed on a copy, with what its triggers took', () => {
    const { fingerprint, normalized } = sessionsStatement;
    const planned = {
      status: 'planned',
      fingerprint,
      sql: normalized,
      reason: 'it writes',
      plan: slowSessionsPlan,
    } as const;
    const trigger = { name: 'orders_counted', table: 'orders', calls: 3, timeMs: 12.3 };
    const check = { name: 'RI_1', constraint: 'orders_fkey', table: 'customers', calls: 1, timeMs: 0.4 };
    const shown = (write: ExecutedWrite) =>
      renderPlans(
        { ...samplePlans(0), statements: [planned], trials: [], rewrites: [], executedWrites: [write] },
        plain,
      );
    const text = shown({
      ...{ status: 'executed', fingerprint, rows: 'captured', executionMs: 13, runs: 3, plan: fastSessionsPlan },
      triggers: [trigger, check],
    });
    expect(text).toContain('13.0 ms on a copy, rolled back, median of 3 runs');
    expect(text).toContain('triggers   12.3 ms orders_counted on orders, called 3 times');
    expect(text).toContain('check of orders_fkey on customers, called once');
    expect(text).not.toContain('not executed');
    expect(shown({ status: 'none', fingerprint, reason: 'duplicate key' })).toContain(
      'not executed on the copy: duplicate key',
    );
  });

  it('say so where nothing was explained', () => {
    expect(renderPlans({ ...samplePlans(0), statements: [], trials: [], rewrites: [] }, plain)).toContain(
      'no statement was explained',
    );
  });
});

describe('plans that are rated', () => {
  const rated = (ratings: readonly StatementRating[], more: Partial<PlansArtifact> = {}) =>
    renderPlans({ ...samplePlans(0), rewrites: [], ...more }, { ...plain, ratings });
  const [sessions, orders] = [sessionsStatement.fingerprint, ordersStatement.fingerprint];
  const faulty: StatementRating = {
    ...{ fingerprint: sessions, rating: 'faulty', totalMs: 70.4 },
    faults: [{ grade: 'likely', summary: 'Seq Scan reads too much', advice: 'Give it work_mem of 25 MB.' }],
  };
  const unknown: StatementRating = { fingerprint: orders, rating: 'unknown', faults: [] };

  it('have an overview, and below each plan what is wrong and what to do', () => {
    const lines = rated([faulty, unknown]).split('\n');
    expect(lines[0]).toMatch(/^1 {2}to mend {2}70\.4 ms {2}SELECT id, started_at, device FROM sessions/);
    expect(lines[1]).toMatch(/^2 {2}not run +SELECT id, customer_id/);
    expect(lines).toContain('likely     Seq Scan reads too much');
    expect(lines).toContain('advice     Give it work_mem of 25 MB.');
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(80);
  });

  it('have none where there is one statement', () => {
    const [first] = samplePlans(0).statements;
    expect(rated([faulty], { statements: first ? [first] : [] })).toMatch(/^SELECT id, started_at/);
  });

  it('name what the input held besides, and which plan was another one before', () => {
    const earlier = {
      variant: 'before',
      plans: {
        ...samplePlans(0),
        statements: samplePlans(0).statements.map((each) =>
          each.status === 'analyzed' ? { ...each, plan: fastSessionsPlan, executionMs: 0.06 } : each,
        ),
      },
    };
    const text = renderPlans(samplePlans(0), {
      ...plain,
      earlier,
      notes: ['line 1 skipped, a command of psql: \\x\u001b[31m'],
    });
    expect(text).toContain('line 1 skipped, a command of psql: \\x');
    expect(text).not.toContain('\u001b');
    expect(text.replace(/\s+/g, ' ')).toContain(
      'changed since before, 60.0 µs: Index Scan on sessions (sessions_user_id_status_idx) → Parallel Seq Scan on sessions',
    );
  });
});

describe('an index trial', () => {
  const [tried] = samplePlans(0).trials;
  const shown = (trial: PlansArtifact['trials'][number]) =>
    renderPlans({ ...samplePlans(0), rewrites: [], trials: [trial] }, plain);

  it('tells what the index costs the writes, and what it does to other statements', () => {
    if (tried?.status !== 'tried') throw new Error('the sample has no trial');
    const change = { withoutMs: 4, withMs: 6.5, withoutWalBytes: 100_000, withWalBytes: 164_000 };
    const others = [{ fingerprint: 'x', sql: 'SELECT 1 FROM sessions', beforeMs: 3, afterMs: 9 }];
    const text = shown({ ...tried, writes: { insert: change }, others });
    expect(text).toContain('writes     1,000 inserts 4.00 ms → 6.50 ms, log 100 kB → 164 kB');
    expect(text).toContain('others     3.00 ms → 9.00 ms  SELECT ? FROM sessions');
    expect(shown({ ...tried, where: 'transaction', writesUnknown: 'no copy' })).toMatch(
      /in a transaction, rolled back[\s\S]*cost not known: no copy/,
    );
  });

  it('that the planner alone judged says so', () => {
    if (tried?.status !== 'tried') throw new Error('the sample has no trial');
    const { fingerprint, table, columns, ddl, planAfter } = tried;
    const trial = { fingerprint, table, columns, ddl, planAfter, costBefore: 5000, costAfter: 12, used: true };
    expect(shown({ status: 'estimated', ...trial })).toContain(
      'estimated  cost 5000 → 12, by HypoPG: it was not built',
    );
  });
});
