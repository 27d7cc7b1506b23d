import { expect, test } from 'vitest';
import type { FlowProfile } from '../model/profile.ts';
import { changeOf } from '../testing/sample-change.ts';
import { foldedProfile } from '../testing/sample-profile.ts';
import { causesInCpu } from './cause-cpu.ts';

/** ms per request of each stack, over 200 requests. */
function flowOf(stacks: Readonly<Record<string, number>>, more: Partial<FlowProfile> = {}): FlowProfile {
  const us = Object.fromEntries(Object.entries(stacks).map(([stack, ms]) => [stack, ms * 1000 * 200]));
  return {
    ...{ flow: 'list orders', endpoints: ['GET /orders'], requests: 200, windowMs: 3000, samplingUs: 1000 },
    profile: foldedProfile(us),
    ...more,
  };
}

const causes = (before: FlowProfile, after: FlowProfile, direction: 1 | -1 = 1) =>
  causesInCpu(
    changeOf(
      { profile: { runtime: 'node', flows: [before] } },
      { profile: { runtime: 'node', flows: [after] } },
      direction,
    ),
  );

const summaries = (...sides: Parameters<typeof causes>) => causes(...sides).map(({ summary }) => summary);

test('a function whose own time grew is named with its file, before and after, built-ins included', () => {
  expect(
    causes(
      flowOf({ orders: 1, 'orders;clone': 1.2 }),
      flowOf({ orders: 1, 'orders;clone': 10, 'orders;clone;json': 7.8 }),
    ),
  ).toEqual([
    {
      kind: 'cpu',
      summary: 'deepClone (server.js) takes 1.2 → 17.8 ms of CPU per request',
      explainsMs: expect.closeTo(16.6, 6),
    },
  ]);
});

test('a function that is new is named where it got slower, one that is gone where it got faster', () => {
  const [without, withClone] = [flowOf({ orders: 1 }), flowOf({ orders: 1, 'orders;clone': 5 })];
  expect(summaries(without, withClone)).toEqual(['deepClone (server.js) is new and takes 5 ms of CPU per request']);
  expect(summaries(withClone, without, -1)).toEqual([
    'deepClone (server.js) is gone, which took 5 ms of CPU per request',
  ]);
  expect(summaries(withClone, without, 1)).toEqual([]);
});

test('a function that was renamed explains nothing: the whole takes as long as before', () => {
  expect(causes(flowOf({ orders: 1, 'orders;customer': 5 }), flowOf({ orders: 1, 'orders;customers': 5.1 }))).toEqual(
    [],
  );
});

test('what a renamed function takes more is told as no more than the whole grew by', () => {
  const [cause] = causes(flowOf({ 'orders;customer': 5 }), flowOf({ 'orders;customers': 12 }));
  expect(cause?.explainsMs).toBeCloseTo(7, 6);
});

test('the same function on another line of another checkout has not changed', () => {
  const before = flowOf({ orders: 1, 'orders;clone': 9 });
  const frames = before.profile.frames.map((frame) => ({
    ...frame,
    file: frame.file.replace('/srv/orders/', '/tmp/after/'),
    line: 1 + (frame.line ?? 0),
  }));
  const slower = flowOf({ orders: 3, 'orders;clone': 9 });
  expect(summaries(before, { ...slower, profile: { ...slower.profile, frames } })).toEqual([
    'listOrders (server.js) takes 1 → 3 ms of CPU per request',
  ]);
});

test('less than 0.2 ms, less than a fifth, or what so few samples cannot tell is nothing', () => {
  expect(causes(flowOf({ clone: 0.1 }), flowOf({ clone: 0.28 }))).toEqual([]);
  expect(causes(flowOf({ clone: 10 }), flowOf({ clone: 11.9 }))).toEqual([]);
  expect(causes(flowOf({ clone: 10 }), flowOf({ clone: 12.1 }))).toHaveLength(1);
  const few = (ms: number) => flowOf({ clone: ms }, { samplingUs: 400_000 });
  expect(causes(few(10), few(12.1))).toEqual([]);
});

test('the collector is told under its own name', () => {
  expect(summaries(flowOf({ orders: 1, gc: 0.2 }), flowOf({ orders: 1, gc: 4 }))).toEqual([
    'garbage collection takes 0.2 → 4 ms of CPU per request',
  ]);
});

test('of a flow with several endpoints the figure is left out, and another flow is not looked at', () => {
  const both = { flow: 'shop', endpoints: ['POST /login', 'GET /orders'] };
  expect(causes(flowOf({ clone: 1 }, both), flowOf({ clone: 9 }, both))).toEqual([
    { kind: 'cpu', summary: 'deepClone (server.js) takes 1 → 9 ms of CPU per request of the flow shop' },
  ]);
  const other = { endpoints: ['GET /report'] };
  expect(causes(flowOf({ clone: 1 }, other), flowOf({ clone: 9 }, other))).toEqual([]);
  expect(causes(flowOf({ clone: 1 }, { requests: 0 }), flowOf({ clone: 9 }))).toEqual([]);
});
