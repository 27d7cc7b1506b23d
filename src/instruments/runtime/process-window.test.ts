import { expect, test } from 'vitest';
import { mergeThreadWindows, type ThreadWindow } from './process-window.ts';

const thread = (window: Partial<ThreadWindow>): ThreadWindow => ({
  pid: 1,
  threadId: 0,
  windowMs: 1000,
  eventLoopUtilization: 0.5,
  eventLoopDelayP99Ms: 2,
  gcMs: 10,
  gcCount: 3,
  cpuMs: 500,
  heapUsedBytes: 100,
  rssBytes: 1000,
  ...window,
});

test('one thread is its own window', () => {
  expect(mergeThreadWindows([thread({})])).toEqual({
    windowMs: 1000,
    eventLoopUtilization: 0.5,
    cpuCores: 0.5,
    eventLoopDelayP99Ms: 2,
    gcMs: 10,
    gcCount: 3,
    heapUsedBytes: 100,
    rssBytes: 1000,
  });
});

test('processes add up; the threads of one share its CPU and memory; the worst loop counts', () => {
  const merged = mergeThreadWindows([
    thread({ pid: 1 }),
    thread({ pid: 1, threadId: 1, eventLoopUtilization: 0.9, cpuMs: 501 }),
    thread({ pid: 2, windowMs: 800, eventLoopDelayP99Ms: 40, cpuMs: 299 }),
  ]);
  expect(merged).toEqual({
    windowMs: 1000,
    eventLoopUtilization: 0.9,
    cpuCores: 0.8,
    eventLoopDelayP99Ms: 40,
    gcMs: 30,
    gcCount: 9,
    heapUsedBytes: 300,
    rssBytes: 2000,
  });
});

test('no thread, or a window of no length, divides by nothing', () => {
  expect(mergeThreadWindows([])).toMatchObject({ windowMs: 0, cpuCores: 0, rssBytes: 0 });
  expect(mergeThreadWindows([thread({ windowMs: 0 })]).cpuCores).toBe(0);
});
