import { describe, expect, test } from 'vitest';
import { ownTimes } from '../model/own-time.ts';
import type { FlowProfile, Frame, StackProfile } from '../model/profile.ts';
import { cpuHotspot } from './cpu-hotspot.ts';

const frames: Readonly<Record<string, Frame>> = {
  handler: { name: '(anonymous)', file: '/srv/shop/server.js', line: 5, kind: 'user' },
  report: { name: 'report', file: '/srv/shop/report.js', line: 12, kind: 'user' },
  callback: { name: '(anonymous)', file: '/srv/shop/report.js', line: 14, kind: 'user' },
  other: { name: '(anonymous)', file: '/srv/shop/report.js', line: 90, kind: 'user' },
  query: { name: 'query', file: '/srv/shop/node_modules/pg/lib/client.js', line: 3, kind: 'dependency' },
  parse: { name: 'parse', file: '', kind: 'runtime' },
  filter: { name: 'filter', file: '', kind: 'runtime' },
  readFileSync: { name: 'readFileSync', file: 'node:fs', line: 440, kind: 'runtime' },
  write: { name: '_writeRaw', file: 'node:_http_outgoing', line: 369, kind: 'runtime' },
  socket: { name: 'writeGeneric', file: 'node:internal/stream_base_commons', line: 148, kind: 'runtime' },
  writev: { name: 'writev', file: '', kind: 'runtime' },
  tick: { name: 'processTicksAndRejections', file: 'node:internal/process/task_queues', line: 72, kind: 'runtime' },
  program: { name: '(program)', file: '', kind: 'runtime' },
  gc: { name: '(garbage collector)', file: '', kind: 'gc' },
};

function profileOf(stacks: Readonly<Record<string, number>>): StackProfile {
  const names = Object.keys(frames);
  const nodes = new Map<string, number>();
  const columns = { parent: [] as number[], frame: [] as number[], selfUs: [] as number[] };
  for (const [stack, us] of Object.entries(stacks)) {
    const path = stack.split(' ');
    let node = -1;
    for (const [depth, name] of path.entries()) {
      const key = path.slice(0, depth + 1).join(' ');
      const known = nodes.get(key);
      if (known === undefined) {
        columns.parent.push(node);
        columns.frame.push(names.indexOf(name));
        columns.selfUs.push(0);
      }
      node = known ?? columns.frame.length - 1;
      nodes.set(key, node);
    }
    columns.selfUs[node] = (columns.selfUs[node] ?? 0) + us;
  }
  return { frames: Object.values(frames), ...columns, totalUs: columns.selfUs.reduce((sum, us) => sum + us, 0) };
}

/** µs per request of each stack, over 100 requests. */
function flowOf(stacks: Readonly<Record<string, number>>, more: Partial<FlowProfile> = {}): FlowProfile {
  const inWindow = Object.fromEntries(Object.entries(stacks).map(([stack, us]) => [stack, us * 100]));
  return {
    ...{ flow: 'report', endpoints: ['GET /report'], requests: 100, windowMs: 1500, samplingUs: 1000 },
    profile: profileOf(inWindow),
    ...more,
  };
}

function audit(flows: readonly FlowProfile[], options: Partial<typeof cpuHotspot.defaults> = {}) {
  return cpuHotspot.run({ profile: { runtime: 'node', flows } }, { ...cpuHotspot.defaults, ...options });
}

const ownOf = (stacks: Readonly<Record<string, number>>) =>
  Object.fromEntries(ownTimes(flowOf(stacks)).map(({ frame, ownUsPerRequest }) => [frame.name, ownUsPerRequest]));

describe('the own time of a function', () => {
  test('includes the built-ins and the collector directly below it, and names them', () => {
    const [report, ...others] = ownTimes(
      flowOf({
        'handler report': 1000,
        'handler report parse': 3000,
        'handler report readFileSync': 500,
        'handler report parse gc': 200,
      }),
    );
    expect(others).toEqual([]);
    expect(report).toMatchObject({
      ...{ ownUsPerRequest: 4700, ownShare: 1, totalUsPerRequest: 4700 },
      builtIns: [
        { name: 'parse', usPerRequest: 3000 },
        { name: 'readFileSync (node:fs)', usPerRequest: 500 },
        { name: '(garbage collector)', usPerRequest: 200 },
      ],
    });
  });

  test('includes callbacks without a name, but not those of another file or of nobody', () => {
    expect(ownOf({ 'handler report': 100, 'handler report filter callback': 300 })).toEqual({ report: 400 });
    expect(ownOf({ 'query callback': 300 })).toEqual({ '(anonymous)': 300 });
    expect(ownOf({ 'handler callback': 300 })).toEqual({ '(anonymous)': 300 });
  });

  test('does not include named functions, whoever calls them', () => {
    expect(ownOf({ 'report filter query parse': 300, report: 100 })).toEqual({ query: 300, report: 100 });
  });

  test('does not include what sockets do, nor what nobody called', () => {
    expect(ownOf({ 'report write socket writev': 5000, report: 100, program: 900, gc: 900, tick: 50 })).toEqual({
      report: 100,
    });
    // Behind the socket a function of the service may run again.
    expect(ownOf({ 'report write socket handler parse': 70 })).toEqual({ '(anonymous)': 70 });
  });
});

describe('a hotspot', () => {
  test('is likely, and says how much of it are built-ins', () => {
    expect(audit([flowOf({ 'handler report': 2000, 'handler report parse': 4000, program: 2000 })])).toMatchObject([
      {
        key: 'cpu-hotspot|GET /report|report|report.js',
        ...{ endpoint: 'GET /report', grade: 'likely', severity: 'medium', savingMs: 6 },
        summary: 'report (report.js:12) itself takes 6.0 ms of CPU per request, 75 % of it all',
        evidence: [
          { kind: 'frames', rows: [{ frame: { name: 'report' }, selfUsPerRequest: 6000, share: 0.75 }] },
          {
            text: expect.stringContaining(
              '2.0 ms are the code of the function, 4.0 ms built-ins that it calls (parse 4.0 ms)',
            ),
          },
        ],
      },
    ]);
  });

  test('begins at a millisecond and at a quarter of the time', () => {
    expect(audit([flowOf({ report: 1000, query: 3000 })])).toHaveLength(2);
    expect(audit([flowOf({ report: 999, program: 2 })])).toEqual([]);
    expect(audit([flowOf({ report: 999, program: 2 })], { minOwnUs: 900 })).toHaveLength(1);
    expect(audit([flowOf({ report: 2499, program: 7501 })])).toEqual([]);
    expect(audit([flowOf({ report: 2500, program: 7500 })])).toHaveLength(1);
  });

  test('keeps its key when lines are added above it or the checkout is another one', () => {
    const moved = profileOf({ report: 500_000 });
    const elsewhere = moved.frames.map((frame) => ({
      ...frame,
      line: 99,
      file: frame.file.replace('/srv/shop', 'C:\\shop\\v2'),
    }));
    const keys = [moved, { ...moved, frames: elsewhere }].map((profile) => audit([flowOf({}, { profile })]));
    expect(keys[0]).toMatchObject([{ key: 'cpu-hotspot|GET /report|report|report.js' }]);
    expect(keys[1]).toMatchObject([{ key: 'cpu-hotspot|GET /report|report|report.js' }]);
  });

  test('is one where two functions without a name share a file', () => {
    expect(audit([flowOf({ callback: 3000, other: 4000 })])).toMatchObject([{ savingMs: 4 }]);
  });

  test('of a flow with several endpoints names the flow and no endpoint', () => {
    const result = audit([flowOf({ report: 3000 }, { flow: 'browse', endpoints: ['POST /login', 'GET /report'] })]);
    expect(result).toMatchObject([
      { key: 'cpu-hotspot|browse|report|report.js', summary: expect.stringContaining('of browse') },
    ]);
    expect(result).not.toHaveProperty('0.endpoint');
  });

  test('is not the cost of sending many statements to a database', () => {
    expect(audit([flowOf({ 'handler query socket writev': 3000, handler: 500 })])).toEqual([]);
  });
});

describe('samples', () => {
  test('must be a hundred where there is CPU time to be placed', () => {
    const heavy = (samples: number) => flowOf({}, { requests: 10, profile: profileOf({ report: samples * 1000 }) });
    expect(audit([heavy(100)])).toHaveLength(1);
    expect(audit([heavy(99)])).toEqual({
      inconclusive: 'report may be a hotspot of report, but 99 samples are too few to tell: 100 are needed',
    });
    expect(audit([heavy(99), heavy(100)])).toHaveLength(1);
    expect(audit([heavy(99)], { minSamples: 50 })).toHaveLength(1);
  });

  test('need not be many where no function comes near', () => {
    expect(audit([flowOf({ report: 20 })])).toEqual([]);
    expect(audit([flowOf({}, { requests: 10, profile: profileOf({ report: 9_000, program: 40_000 }) })])).toEqual([]);
  });

  test('without a single answered request prove nothing', () => {
    expect(audit([flowOf({ report: 3000 }, { requests: 0 })])).toHaveProperty('inconclusive');
    expect(audit([])).toHaveProperty('inconclusive');
  });
});
