import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../testing/sample-run.ts';
import { displayWidth } from './display-width.ts';
import { renderAudit, renderCatalogue } from './render-audits.ts';

const { audits } = sampleRun().run;
const plain = { width: 80, color: false };

describe('the catalogue of audits', () => {
  it('lists every audit once, below its technique', () => {
    const text = renderCatalogue(audits, plain);
    for (const { id } of audits) expect(text.split(`  ${id} `).length).toBe(2);
    expect(text.indexOf('Indexing')).toBeLessThan(text.indexOf('missing-index'));
    expect(text).not.toContain('Caching');
  });

  it('tells of one audit why it matters and how to mend it', () => {
    const [audit] = audits;
    if (!audit) throw new Error('the sample has audits');
    const text = renderAudit(audit, plain);
    expect(text).toContain(audit.failureTitle);
    expect(text).toContain('why        Every repeat pays a round trip');
    expect(text).toContain('= ANY($1)');
    expect(Math.max(...text.split('\n').map(displayWidth))).toBeLessThanOrEqual(80);
  });
});
