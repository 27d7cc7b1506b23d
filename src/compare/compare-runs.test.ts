import { describe, expect, it } from 'vitest';
import type { Metric } from '../model/comparison.ts';
import { Failure } from '../model/failure.ts';
import type { Run, VariantRun } from '../model/run.ts';
import { compareRuns } from './compare-runs.ts';

function variant(p95: number): VariantRun {
  const rounds = Array.from({ length: 8 }, (_, round) => p95 * (1 + 0.01 * Math.sin(round)));
  const metrics: readonly Metric[] = [
    { name: 'p95', endpoint: 'GET /a', unit: 'ms', better: 'lower', rounds, value: p95 },
  ];
  const missing = { status: 'missing', reason: 'not kept' } as const;
  return {
    metrics,
    outcomes: {},
    artifacts: { load: missing, profile: missing, queries: missing, plans: missing, runtime: missing, http: missing },
  };
}

function run(id: string, variants: Run['variants'], rest: { scenario?: object; environment?: object } = {}): Run {
  return {
    schemaVersion: 1,
    id,
    startedAt: '2026-01-01T00:00:00Z',
    durationMs: 60_000,
    tool: { name: 'chokepoint', version: '0.1.0' },
    scenario: {
      name: 'orders',
      digest: 'd1',
      endpoints: ['GET /a'],
      gate: { metric: 'p95', margin: 0.1, floorMs: 1, errors: 0.001, certain: false, require: [], findings: [] },
      command: 'chokepoint run orders.yaml',
      ...rest.scenario,
    },
    environment: {
      node: '20.20.0',
      platform: 'linux x64',
      cpuModel: 'Xeon',
      cpus: 2,
      memoryBytes: 8e9,
      ...rest.environment,
    },
    variants,
    audits: [],
    validity: { trusted: true, warnings: [] },
    decision: { exitCode: 0, reason: '', rules: [] },
  };
}

const monday = run('monday', { default: variant(20) });
const tuesday = run('tuesday', { default: variant(40) });

describe('compareRuns', () => {
  it('compares the only variant of each, and says that the rounds were not measured in turns', () => {
    const { comparison, warnings } = compareRuns(monday, tuesday);
    expect(comparison).toMatchObject({ before: 'monday', after: 'tuesday', verdict: 'REGRESSED' });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ level: 'note' });
    expect(warnings[0]?.message).toMatch(/different times/);
    expect(compareRuns(tuesday, monday).comparison.verdict).toBe('IMPROVED');
  });

  it('takes the second of two variants, and names it', () => {
    const pair = run('pair', { before: variant(40), after: variant(20) });
    const { comparison } = compareRuns(pair, tuesday);
    expect(comparison).toMatchObject({ before: 'pair (after)', after: 'tuesday', verdict: 'REGRESSED' });
  });

  it('judges by the gate of the later run', () => {
    const lenient = run('lenient', tuesday.variants, { scenario: { gate: { ...tuesday.scenario.gate, margin: 2 } } });
    expect(compareRuns(monday, lenient).comparison).toMatchObject({ margin: 2, verdict: 'OK' });
  });

  it.each([
    ['another scenario', { name: 'checkout' }, /of the scenario "orders", the other of "checkout"/],
    ['other endpoints', { endpoints: ['GET /b'] }, /endpoints differ \(GET \/a before only, GET \/b after only\)/],
  ])('refuses %s', (_, scenario, message) => {
    const other = run('other', tuesday.variants, { scenario });
    expect(() => compareRuns(monday, other)).toThrow(message);
    expect(() => compareRuns(monday, other)).toThrow(
      expect.objectContaining({ code: 'runs-not-comparable', exitCode: 2 }),
    );
  });

  it('refuses a run without variants', () => {
    expect(() => compareRuns(run('empty', {}), tuesday)).toThrow(/the run empty has no variant/);
  });

  it.each([{ cpuModel: 'EPYC' }, { cpus: 4 }, { memoryBytes: 2 ** 36 }, { platform: 'linux arm64' }])(
    'refuses another machine (%o) unless that is allowed',
    (environment) => {
      const other = run('other', tuesday.variants, { environment });
      expect(() => compareRuns(monday, other)).toThrow(Failure);
      expect(() => compareRuns(monday, other)).toThrow(/different machines: Xeon × 2, \d+ GiB, \S+ \S+ and/);
      const { warnings } = compareRuns(monday, other, { allowOtherMachine: true });
      expect(warnings.map((warning) => warning.message).join()).toMatch(/the runs were made on different machines/);
    },
  );

  it('notes a changed scenario, another Node and a run compared with itself', () => {
    const changed = run('changed', tuesday.variants, {
      scenario: { digest: 'd2' },
      environment: { node: '22.1.0' },
    });
    const messages = compareRuns(monday, changed).warnings.map((warning) => warning.message);
    expect(messages).toHaveLength(3);
    expect(messages[1]).toMatch(/the scenario was changed/);
    expect(messages[2]).toMatch(/Node 20.20.0 before and on 22.1.0 after/);
    expect(compareRuns(monday, monday).warnings[1]?.message).toMatch(/the same run, monday/);
  });

  it('takes over why a run was not trusted, but not its notes', () => {
    const doubtful: Run = {
      ...tuesday,
      validity: {
        trusted: false,
        warnings: [
          { level: 'untrusted', message: 'default: 3 requests were lost' },
          { level: 'note', message: 'default: noise' },
        ],
      },
    };
    expect(compareRuns(monday, doubtful).warnings.slice(1)).toEqual([
      { level: 'untrusted', message: 'after: default: 3 requests were lost' },
    ]);
  });
});
