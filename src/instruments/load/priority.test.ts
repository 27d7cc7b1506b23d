import { getPriority } from 'node:os';
import { expect, test } from 'vitest';
import { raisePriority } from './priority.ts';

test('the priority is raised where that is permitted, and is what it was afterwards', () => {
  const before = getPriority();
  const restore = raisePriority();
  // Root in a container may lack the right, as an ordinary user does.
  expect([before, -10]).toContain(getPriority());
  restore();
  expect(getPriority()).toBe(before);
});

test('of two that raised the priority the last one restores it', () => {
  const before = getPriority();
  const [first, second] = [raisePriority(), raisePriority()];
  const raised = getPriority();
  first();
  first();
  expect(getPriority()).toBe(raised);
  second();
  expect(getPriority()).toBe(before);
});
