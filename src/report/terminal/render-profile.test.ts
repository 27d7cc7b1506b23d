import { describe, expect, it } from 'vitest';
import { foldedProfile, sampleProfile } from '../../testing/sample-profile.ts';
import { displayWidth } from './display-width.ts';
import { renderProfile } from './render-profile.ts';

const plain = { width: 80, color: false };

describe('the functions of a profile', () => {
  it('are listed by their own time in one request', () => {
    const [flow] = sampleProfile(0).flows;
    if (!flow) throw new Error('the sample has flows');
    const text = renderProfile({ title: 'GET /orders', profile: flow.profile, requests: flow.requests }, plain);
    expect(text).toContain('21.0 ms of CPU in each of 190 requests');
    expect(text).toMatch(/6\.89 ms +33 % +11\.5 ms +query {2}pg\/lib\/client\.js:526/);
    expect(Math.max(...text.split('\n').map(displayWidth))).toBeLessThanOrEqual(80);
  });

  it('are listed by their time in all where no request was counted', () => {
    expect(renderProfile({ title: 'process 1', profile: foldedProfile({ 'a;b': 1_500_000 }) }, plain)).toContain(
      '1.50 s of CPU in all',
    );
  });

  it('are told apart from a profile without samples or without requests', () => {
    const empty = foldedProfile({});
    expect(renderProfile({ title: 'x', profile: empty }, plain)).toContain('no samples');
    expect(renderProfile({ title: 'x', profile: foldedProfile({ a: 5 }), requests: 0 }, plain)).toContain(
      'no request was answered',
    );
  });

  it('keep within the width with long names', () => {
    const text = renderProfile(
      { title: 't'.repeat(200), profile: foldedProfile({ ['漢字'.repeat(100)]: 100 }) },
      plain,
    );
    expect(Math.max(...text.split('\n').map(displayWidth))).toBeLessThanOrEqual(80);
  });
});
