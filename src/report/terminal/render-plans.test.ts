import { describe, expect, it } from 'vitest';
import type { PlansArtifact } from '../../model/plans.ts';
import { samplePlans, sessionsStatement, slowSessionsPlan } from '../../testing/sample-statements.ts';
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

  it('say so where nothing was explained', () => {
    expect(renderPlans({ ...samplePlans(0), statements: [], trials: [], rewrites: [] }, plain)).toContain(
      'no statement was explained',
    );
  });
});
