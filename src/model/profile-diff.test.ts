import { expect, test } from 'vitest';
import { foldedProfile } from '../testing/sample-profile.ts';
import type { FlowProfile, StackProfile } from './profile.ts';
import { diffProfiles, type ProfileDiff } from './profile-diff.ts';

type Measured = Pick<FlowProfile, 'profile' | 'requests'>;

const measured = (requests: number, stacks: Readonly<Record<string, number>>): Measured => ({
  profile: foldedProfile(stacks),
  requests,
});

/** Each node by the functions on the way to it: self and total before, then after. */
function byPath(diff: ProfileDiff): Readonly<Record<string, readonly (number | undefined)[]>> {
  const paths: string[] = [];
  return Object.fromEntries(
    diff.frame.map((frame, node) => {
      const above = paths[diff.parent[node] ?? -1];
      paths[node] = [above, diff.frames[frame]?.name].filter((part) => part !== undefined).join(';');
      const columns = [diff.beforeSelfUs, diff.beforeTotalUs, diff.afterSelfUs, diff.afterTotalUs];
      return [paths[node], columns.map((column) => column[node])];
    }),
  );
}

/** The same profile of another state of the source: other lines, another folder. */
const moved = (profile: StackProfile, from: string, to: string): StackProfile => ({
  ...profile,
  frames: profile.frames.map((frame) => ({
    ...frame,
    file: frame.file.replace(from, to),
    line: (frame.line ?? 0) + 7,
  })),
});

test('both trees become one, each side divided by its own requests', () => {
  const diff = diffProfiles(
    measured(10, { 'handle;orders;customer': 500, 'handle;orders': 100, 'handle;report': 40 }),
    measured(20, { 'handle;orders;customers': 200, 'handle;orders': 200, 'handle;report': 80 }),
  );
  expect(byPath(diff)).toEqual({
    handle: [0, 64, 0, 24],
    'handle;listOrders': [10, 60, 10, 20],
    'handle;listOrders;loadCustomer': [50, 50, 0, 0],
    'handle;listOrders;loadCustomers': [0, 0, 10, 10],
    'handle;report': [4, 4, 4, 4],
  });
  expect(diff.parent.every((parent, node) => parent < node)).toBe(true);
});

test('a function is the same below another line and in another checkout, and stands where it is after', () => {
  const { profile } = measured(1, { 'handle;orders;customer': 500, 'handle;report;clone;clone': 5 });
  const after = moved(profile, '/srv/orders/', '/tmp/checkout/');
  const diff = diffProfiles({ profile, requests: 1 }, { profile: after, requests: 1 });
  expect(diff.frame).toHaveLength(profile.frame.length);
  expect(diff.beforeTotalUs).toEqual(diff.afterTotalUs);
  expect(diff.frames).toEqual(after.frames);
});

test('functions that only share their name are two, and so are calls of one function from two places', () => {
  const diff = diffProfiles(
    measured(1, { 'handle;parse': 10, 'handle;json': 20, 'tick;json': 30 }),
    measured(1, { 'handle;json': 20 }),
  );
  expect(diff.frame).toHaveLength(5);
  expect(diff.afterSelfUs.reduce((sum, us) => sum + us, 0)).toBe(20);
  expect(diff.beforeSelfUs.reduce((sum, us) => sum + us, 0)).toBe(60);
});

test('a stack of 20,000 calls is no trouble', () => {
  const length = 20_000;
  const deep: StackProfile = {
    frames: [{ name: 'again', file: '/a.js', kind: 'user' }],
    parent: Array.from({ length }, (_, node) => node - 1),
    frame: Array.from({ length }, () => 0),
    selfUs: Array.from({ length }, () => 1),
    totalUs: length,
  };
  const diff = diffProfiles({ profile: deep, requests: 1 }, { profile: deep, requests: 2 });
  expect([diff.beforeTotalUs[0], diff.afterTotalUs[0]]).toEqual([length, length / 2]);
});

test('without requests on either side there is nothing per request', () => {
  const some = measured(5, { orders: 10 });
  expect(diffProfiles({ ...some, requests: 0 }, some).frame).toEqual([]);
  expect(diffProfiles(some, { ...some, requests: 0 }).frame).toEqual([]);
});
