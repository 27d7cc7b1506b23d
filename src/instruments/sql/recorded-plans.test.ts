import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { inefficientPlan } from '../../audits/inefficient-plan.ts';
import type { AnalyzedPlan, PlanRule } from '../../audits/plan-fault.ts';
import { planFaults } from '../../audits/plan-faults.ts';
import { type PlanNode, planNodes } from '../../model/plan-node.ts';
import type { TableState } from '../../model/table-state.ts';
import { analyzed, statement } from '../../testing/artifacts.ts';
import { readPlan } from './plan-tree.ts';

const folder = fileURLToPath(new URL('../../../fixtures/plans/', import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

function read(file: string): AnalyzedPlan {
  const { plan, planningMs = 0, executionMs = 0, jitMs } = readPlan(readFileSync(`${folder}${file}`, 'utf8'));
  const compiled = jitMs === undefined ? {} : { jitMs };
  return analyzed(statement(0, 'SELECT 1'), { plan, planningMs, executionMs, runsMs: [executionMs], ...compiled });
}

const faultsOf = (file: string, tables: readonly TableState[] = []) =>
  planFaults(read(file), { ...inefficientPlan.defaults, minExecutionMs: 1 }, tables);

/** What the plan of each recording is to be told: the first fault, and what its summary says. */
const expected: readonly (readonly [name: string, rule: PlanRule, summary: RegExp])[] = [
  ['discarded-rows', 'discarded-rows', /^Seq Scan on people reads 200,000 rows to keep 10$/],
  ['parallel-scan', 'discarded-rows', /^Parallel Seq Scan on people reads (?:199,9|200,0)\d\d rows to keep /],
  ['sort-spill', 'disk-spill', /^Sort spills [\d.]+ MB to disk: work_mem/],
  ['hash-batches', 'disk-spill', /spills [\d.]+ MB to disk.*work_mem/],
  [
    'lossy-bitmap',
    'lossy-bitmap',
    /^Bitmap Heap Scan on visits rechecks [\d,]+ rows: its bitmap holds [\d,]+ of [\d,]+ pages/,
  ],
  ['repeated-subquery', 'repeated-subquery', /^SubPlan 1 \(Aggregate\) is executed 20,000 times/],
  [
    'nested-loop',
    'nested-loop',
    /^Index Scan on people is executed 30,000 times in a nested loop that was planned for \d+$/,
  ],
  ['misestimate', 'misestimate', /^Seq Scan on addresses was planned for \d+ rows and gave 30,000$/],
  ['deep-offset', 'deep-offset', /^OFFSET skips 150,000 rows, all of them made, to give 20$/],
  ['planning-time', 'planning-time', /^planning takes [\d.]+ ms, longer than the [\d.]+ ms of the execution$/],
  ['heap-fetches', 'heap-fetches', /^Index Only Scan on visits reads the table for [\d,]+ of [\d,]+ rows/],
  ['jit', 'jit', /^compiling expressions \(JIT\) takes [\d.]+ ms of [\d.]+ ms$/],
];
const clean = ['index-scan', 'exact-bitmap', 'first-page', 'never-executed', 'merge-join', 'cte'];

describe.each(files)('the recorded plan %s', (file) => {
  const name = file.replace(/^pg\d+-|\.json$/g, '');

  test('has self times that add up to the total, parts and workers counted once', () => {
    const { plan } = read(file);
    const self = [...planNodes(plan)].reduce((sum, { selfMs = 0 }) => sum + selfMs, 0);
    const total = plan.totalMs ?? 0;
    // EXPLAIN rounds the mean of a loop to a microsecond, and a node may have thousands.
    const rounding = [...planNodes(plan)].reduce((sum, { loops = 0 }) => sum + loops * 0.0006, 0.01);
    expect(Math.abs(self - total)).toBeLessThan(Math.max(total * 0.02, rounding));
    for (const node of planNodes(plan)) expect(node.totalMs ?? 0).toBeLessThanOrEqual(total + rounding);
  });

  const [, rule, summary] = expected.find(([each]) => each === name) ?? [];
  if (rule && summary) {
    test(`is told as ${rule}`, () => {
      const [fault] = faultsOf(file);
      expect(fault?.rule).toBe(rule);
      expect(fault?.summary).toMatch(summary);
      expect(fault?.costMs).toBeGreaterThan(0);
    });
  }
  if (clean.includes(name)) {
    test('is not accused of anything', () => {
      expect(faultsOf(file)).toEqual([]);
    });
  }
});

test('each rule has a recording, and each recording a server that made it', () => {
  const names = new Set(files.map((file) => file.replace(/^pg\d+-|\.json$/g, '')));
  for (const [name] of expected) expect(names).toContain(name);
  for (const name of clean) expect(names).toContain(name);
});

describe('statistics that are old', () => {
  const file = files.find((each) => each.endsWith('stale-statistics.json')) ?? '';
  const people = (more: Partial<TableState>): readonly TableState[] => [
    { table: 'people', estimatedRows: 200_000, changedRows: 60_000, indexes: [], unindexedReferences: [], ...more },
  ];

  test('are the reason of a wrong estimate, with their date', () => {
    expect(faultsOf(file, people({ analyzedAt: '2026-01-31T10:00:00Z' }))).toMatchObject([
      {
        rule: 'stale-statistics',
        grade: 'likely',
        summary: expect.stringMatching(
          /on people was planned for \d+ rows and gave 60,000: people was analysed on 2026-01-31, and 60,000 of its rows have changed since$/,
        ),
        advice: expect.stringContaining('ANALYZE people'),
      },
    ]);
    expect(faultsOf(file, people({}))[0]?.summary).toContain('people was never analysed');
  });

  test('are not, below a fifth of the rows', () => {
    const tables = people({ analyzedAt: '2026-01-31T10:00:00Z', changedRows: 39_999 });
    expect(faultsOf(file, tables)).toMatchObject([{ rule: 'misestimate', grade: 'possible' }]);
  });
});

describe('the nodes of a parallel plan', () => {
  const plan = (name: string): PlanNode => read(files.find((each) => each.endsWith(`-${name}.json`)) ?? '').plan;

  test('have the rows of all workers and the time of one', () => {
    const root = plan('parallel-scan');
    const gather = [...planNodes(root)].find(({ type }) => type === 'Gather');
    const scan = [...planNodes(root)].find(({ type }) => type === 'Parallel Seq Scan');
    expect(gather).toMatchObject({ workersPlanned: 2, workersLaunched: 2 });
    expect(scan?.loops).toBe(3);
    expect(scan?.totalMs).toBeLessThanOrEqual((root.totalMs ?? 0) * 1.01);
    // EXPLAIN rounds the rows of a loop, three of which there are.
    expect(Math.abs((scan?.actualRows ?? 0) + (scan?.rowsRemoved ?? 0) - 200_000)).toBeLessThan(5);
  });

  test('name the parts that are no input of the node above', () => {
    const parts = [...planNodes(plan('parallel-aggregate'))].flatMap(({ part }) => part ?? []);
    expect(parts.join()).toMatch(/InitPlan/);
  });
});
