import { describe, expect, test } from 'vitest';
import { isWithin, judgeApp, targetsOf } from './judge.js';

const finding = (savingMs, endpoint = 'GET /a') => ({ endpoint, grade: 'proven', ...(savingMs && { savingMs }) });
const pass = { status: 'pass' };
const means = { slow: { 'GET /a': 12, 'GET /b': 5 }, fixed: { 'GET /a': 2, 'GET /b': 4 } };

const judge = (slow, fixed = { x: pass }, given = means) => judgeApp('x', { outcomes: { slow, fixed }, means: given });

describe('an app', () => {
  test('is found, with its savings added, endpoint by endpoint', () => {
    const findings = [finding(6), finding(3), finding(1.5, 'GET /b')];
    expect(judge({ x: { status: 'fail', findings }, y: pass })).toEqual({
      ...{ id: 'x', isFound: true, outcome: 'fail', grade: 'proven', accused: [] },
      ...{ foretoldMs: 10.5, realisedMs: 11 },
    });
  });

  test('has no figures where none are foretold, or nothing was measured', () => {
    expect(judge({ x: { status: 'fail', findings: [finding()] } })).not.toHaveProperty('foretoldMs');
    expect(
      judgeApp('x', { outcomes: { slow: { x: { status: 'fail', findings: [finding(3)] } }, fixed: {} } }),
    ).not.toHaveProperty('realisedMs');
  });

  test('is not found where its audit passes, and accused of whatever else fails, in either variant', () => {
    const failed = { status: 'fail', findings: [finding(1)] };
    expect(judge({ x: pass, y: failed }, { x: failed, z: { status: 'errored' } })).toMatchObject({
      ...{ isFound: false, outcome: 'pass', accused: ['y (slow)', 'x (fixed)', 'z (fixed)'] },
    });
  });
});

test('a saving holds up to three tenths beside the real one, and none where nothing was saved', () => {
  expect(isWithin({ foretoldMs: 13, realisedMs: 10 })).toBe(true);
  expect(isWithin({ foretoldMs: 7, realisedMs: 10 })).toBe(true);
  expect(isWithin({ foretoldMs: 13.1, realisedMs: 10 })).toBe(false);
  expect(isWithin({ foretoldMs: 1, realisedMs: -1 })).toBe(false);
  expect(isWithin({})).toBe(undefined);
});

test('a target is missed by those that are named', () => {
  const good = { id: 'a', isFound: true, accused: [], foretoldMs: 1, realisedMs: 1 };
  expect(targetsOf([good]).every(({ isMet }) => isMet)).toBe(true);
  const targets = targetsOf([
    good,
    { ...good, id: 'b', isFound: false },
    { ...good, id: 'c', accused: ['y (fixed)'] },
    { ...good, id: 'd', foretoldMs: 2 },
    { id: 'e', failure: 'it did not start' },
  ]);
  expect(targets.map(({ misses }) => misses)).toEqual([['b', 'e'], ['c'], ['d']]);
});
