import { expect, test } from 'vitest';
import { foldedProfile } from '../../testing/sample-profile.ts';
import { displayWidth } from './display-width.ts';
import { renderProfileChange } from './render-profile-change.ts';

const plain = { width: 80, color: false };

const render = (before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>, title = 'x') =>
  renderProfileChange(
    { title: `${title}-a`, profile: foldedProfile(before) },
    { title: `${title}-b`, profile: foldedProfile(after) },
    plain,
  );

test('functions are listed by how much their own share changed, and that shares are compared is said', () => {
  const text = render(
    { orders: 5_000_000, 'orders;clone': 1_000_000, 'report;clone': 1_000_000, stringify: 3_000_000 },
    { orders: 450_000, 'orders;clone': 300_000, 'report;clone': 170_000, stringify: 80_000 },
  );
  const [heading, total, , ...rows] = text.trimEnd().split('\n');
  expect(heading).toBe('x-a → x-b');
  expect(total).toMatch(/^10\.0 s → 1\.00 s of CPU in all\. These files count no requests/);
  expect(rows.map((row) => row.trim().split(/ {2,}/).slice(0, 4))).toEqual([
    ['before', 'after', 'own share', 'function'],
    ['20 %', '47 %', '+27 points', 'deepClone'],
    ['30 %', '8 %', '−22 points', 'stringify'],
    ['50 %', '45 %', '−5 points', 'listOrders'],
  ]);
});

test('profiles that scatter by less than half a point are told to be alike', () => {
  expect(render({ orders: 1000, clone: 1000 }, { orders: 1001, clone: 1000 })).toContain(
    "no function's share changed by 0.5 points or more",
  );
});

test('a profile without samples is no profile to compare with', () => {
  expect(render({}, { orders: 5 })).toContain('no samples in x-a: there is nothing to compare');
});

test('long names keep within the width', () => {
  const text = render({ orders: 9, ['漢字'.repeat(100)]: 5 }, { orders: 2 }, 'file'.repeat(50));
  expect(Math.max(...text.split('\n').map(displayWidth))).toBeLessThanOrEqual(80);
});
