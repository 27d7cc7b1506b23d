import { Session } from 'node:inspector/promises';
import { expect, test } from 'vitest';
import { Failure } from '../../model/failure.ts';
import type { StackProfile } from '../../model/profile.ts';
import { functionCosts } from '../../model/profile.ts';
import { parseCpuProfile } from './cpu-profile.ts';
import { busyShare, mergeProfiles, readCpuProfile } from './stack-profile.ts';

const node = (id: number, functionName: string, children: readonly number[] = [], url = '', lineNumber = -1) => ({
  id,
  callFrame: { functionName, scriptId: '0', url, lineNumber, columnNumber: lineNumber },
  hitCount: 0,
  children,
});

/** (root) → handler → sort, (idle), (program), (garbage collector): 1 ms each but sort, which has 3 ms. */
const small = {
  nodes: [
    node(1, '(root)', [2, 4, 5, 6]),
    node(2, 'handler', [3], 'file:///srv/my%20app/server.js', 9),
    node(3, 'sort', [], 'file:///srv/node_modules/x/index.js', 0),
    node(4, '(idle)'),
    node(5, '(program)'),
    node(6, '(garbage collector)'),
  ],
  startTime: 0,
  endTime: 8000,
  samples: [2, 3, 3, 4, 5, 6],
  timeDeltas: [1000, 1000, 2000, 1000, 1000, 1000],
};

const read = (value: unknown) => readCpuProfile(JSON.stringify(value), 'a.cpuprofile');

/** µs by call path. */
function paths({ frames, parent, frame, selfUs }: StackProfile): Record<string, number> {
  const names: string[] = [];
  const result: Record<string, number> = {};
  for (const [index, of] of frame.entries()) {
    const above = parent[index] ?? -1;
    expect(above).toBeLessThan(index);
    names[index] = `${above >= 0 ? `${names[above]};` : ''}${frames[of]?.name}`;
    result[names[index] ?? ''] = selfUs[index] ?? 0;
  }
  return result;
}

test('a sample lasts until the next one, idle time is left out, and the engine keeps its own frames', () => {
  const profile = read(small);
  expect(paths(profile)).toEqual({
    handler: 1000,
    'handler;sort': 3000,
    '(program)': 1000,
    '(garbage collector)': 1000,
  });
  expect(profile.totalUs).toBe(6000);
  expect(profile.frames).toEqual([
    { name: 'handler', file: '/srv/my app/server.js', line: 10, column: 10, kind: 'user' },
    { name: '(program)', file: '', kind: 'runtime' },
    { name: '(garbage collector)', file: '', kind: 'gc' },
    { name: 'sort', file: '/srv/node_modules/x/index.js', line: 1, column: 1, kind: 'dependency' },
  ]);
  expect(busyShare(parseCpuProfile(small, 'a'))).toBeCloseTo(6 / 7);
});

test('code of Node and of no file is the runtime’s, a nameless function is anonymous', () => {
  const { frames } = read({
    ...small,
    nodes: [
      node(1, '(root)', [2, 3, 4, 5, 6]),
      node(2, 'emit', [], 'node:events', 500),
      node(3, 'writev'),
      node(4, '', [], 'file:///srv/a.js', 3),
      node(5, 'node_modules', [], 'file:///srv/node_modules.js', 3),
      node(6, 'odd', [], 'file://host/%2F', 0),
    ],
  });
  expect(frames.map(({ name, kind }) => [name, kind])).toEqual([
    ['emit', 'runtime'],
    ['writev', 'runtime'],
    ['(anonymous)', 'user'],
    ['node_modules', 'user'],
    ['odd', 'user'],
  ]);
});

test('a recursive function counts its total once', () => {
  const nodes = [node(1, '(root)', [2]), node(2, 'walk', [3], 'a.js', 0), node(3, 'walk', [], 'a.js', 0)];
  const profile = read({ nodes, startTime: 0, endTime: 0, samples: [2, 3, 2], timeDeltas: [0, 1000, 1000] });
  expect(paths(profile)).toEqual({ walk: 1000, 'walk;walk': 1000 });
  expect(functionCosts({ profile, requests: 1 })[0]).toMatchObject({ selfUsPerRequest: 2000, totalUsPerRequest: 2000 });
});

test('samples out of order neither add time nor take it', () => {
  const profile = read({ ...small, samples: [2, 3, 2, 5], timeDeltas: [0, 2000, -1000, 3000], endTime: 4000 });
  expect(paths(profile)).toMatchObject({ handler: 2000 + 2000, 'handler;sort': 0, '(program)': 0 });
});

test('the last sample gets no more than a mean one, however late the profiler was stopped', () => {
  const profile = read({ ...small, samples: [2, 2], timeDeltas: [0, 1000], endTime: 9e9 });
  expect(profile.totalUs).toBe(1000 + 500);
});

test('a profile without samples is weighed by its hit counts', () => {
  const { samples: _, timeDeltas: __, ...rest } = small;
  const nodes = [node(1, '(root)', [2, 3]), { ...node(2, 'a'), hitCount: 3 }, { ...node(3, '(idle)'), hitCount: 1 }];
  expect(paths(read({ ...rest, nodes }))).toEqual({ a: 6000 });
});

test('a profile of this very process is read', async () => {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  function spinHere() {
    const end = performance.now() + 100;
    let sum = 0;
    while (performance.now() < end) for (let i = 0; i < 10_000; i++) sum += Math.sqrt(i + sum);
  }
  spinHere();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  const [hottest] = functionCosts({ profile: read(profile), requests: 1 });
  expect(hottest?.frame).toMatchObject({ name: 'spinHere', kind: 'user' });
  expect(hottest?.selfUsPerRequest).toBeGreaterThan(60_000);
});

test.each<[string, unknown, string]>([
  ['a list', [], 'it has no list "nodes"'],
  ['null', null, 'it is not an object'],
  ['the format of old', { head: {} }, 'it is of the old format, with "head"'],
  ['no nodes', { nodes: [] }, 'it has no nodes'],
  ['a node that is null', { nodes: [null] }, 'node 0 has no id'],
  ['a node without a callFrame', { nodes: [{ id: 1 }] }, 'node 0 has no callFrame with a functionName'],
  ['two nodes of one id', { nodes: [node(1, 'a'), node(1, 'b')] }, 'two nodes have the same id'],
  ['a child that is missing', { nodes: [node(1, 'a', [7])] }, 'a node refers to one that is not there'],
  ['a child of itself', { nodes: [node(1, 'a', [1])] }, 'its nodes form a cycle'],
  ['a cycle beside a tree', { nodes: [node(1, 'r'), node(2, 'a', [3]), node(3, 'b', [2])] }, 'its nodes form a cycle'],
  ['two parents', { nodes: [node(1, 'r', [3]), node(2, 'a', [3]), node(3, 'b')] }, 'a node has two parents'],
  ['a sample of no node', { ...small, samples: [2, 3, 3, 4, 5, 99] }, 'sample 5 is of a node that is not there'],
  ['too few deltas', { ...small, timeDeltas: [1] }, '"timeDeltas" and "samples" differ in length'],
  ['a delta that is text', { ...small, timeDeltas: [1, 1, 'x', 1, 1, 1] }, 'timeDeltas[2] is not a number'],
])('%s is refused with the reason', (_, value, reason) => {
  expect(() => read(value)).toThrow(new Failure('profile-unreadable', { path: 'a.cpuprofile', reason }));
});

test('text that is not JSON is refused', () => {
  expect(() => readCpuProfile('{"nodes":[', 'a.cpuprofile')).toThrow(
    'a.cpuprofile is not a CPU profile: it is not JSON',
  );
  expect(() => readCpuProfile('', 'a.cpuprofile')).toThrow('it is not JSON');
});

test('a chain of 10,000 calls is read without overflowing the stack, a longer one is refused', () => {
  const chain = (depth: number) => {
    const nodes = Array.from({ length: depth }, (_, i) => node(i + 1, 'f', i + 1 < depth ? [i + 2] : [], 'a.js', 1));
    return { ...small, nodes, samples: [depth], timeDeltas: [0], endTime: 5 };
  };
  expect(read(chain(10_000)).parent.length).toBe(10_000);
  expect(() => read(chain(10_001))).toThrow('its stacks are deeper than 10000 calls');
});

test('profiles merge by call path, scaled, each below its label', () => {
  const profile = read(small);
  expect(
    paths(
      mergeProfiles([
        { profile, weight: 1 },
        { profile, weight: 0.5 },
      ]),
    ),
  ).toMatchObject({
    handler: 1500,
    'handler;sort': 4500,
  });
  const labelled = mergeProfiles([
    { profile, weight: 1, label: 'GET /a' },
    { profile, weight: 2, label: 'GET /b' },
  ]);
  expect(paths(labelled)).toMatchObject({ 'GET /a;handler;sort': 3000, 'GET /b;handler;sort': 6000, 'GET /b': 0 });
  expect(labelled.totalUs).toBe(18_000);
  expect(labelled.frames[0]).toEqual({ name: 'GET /a', file: '', kind: 'runtime' });
  expect(mergeProfiles([])).toEqual({ frames: [], parent: [], frame: [], selfUs: [], totalUs: 0 });
});
