import type { PlanNode } from '../../model/plan-node.ts';
import type { TriggerTime } from '../../model/plan-trials.ts';
import { showCondition } from './shown-condition.ts';

/** What one EXPLAIN told; the times are left out where the statement was not executed. */
export interface ExplainedPlan {
  readonly plan: PlanNode;
  readonly planningMs?: number;
  readonly executionMs?: number;
  /** Left out where nothing was compiled. */
  readonly jitMs?: number;
  /** Those that fired, the dearest first. */
  readonly triggers: readonly TriggerTime[];
}

/** A node as EXPLAIN writes it: https://www.postgresql.org/docs/current/sql-explain.html */
type RawNode = Readonly<Record<string, unknown>> & { readonly Plans?: readonly RawNode[] };

const conditionLabels = [
  'Index Cond',
  'Recheck Cond',
  'Filter',
  'Join Filter',
  'Hash Cond',
  'Merge Cond',
  'TID Cond',
  'One-Time Filter',
  'Order By',
  'Run Condition',
  'Sort Key',
  'Presorted Key',
  'Group Key',
];

/** What the nodes of one plan have in common while they are read. */
interface Reading {
  readonly values: readonly (string | null)[];
  /** For each node, the time that CTEs and InitPlans ran inside it. */
  readonly borrowed: ReadonlyMap<RawNode, number>;
  /** For each node below a Gather, the processes that shared it. */
  readonly processes: ReadonlyMap<RawNode, number>;
}

/**
 * Reads the output of `EXPLAIN (…, FORMAT JSON)`.
 *
 * EXPLAIN averages over loops, and counts as a loop what each worker did. Here times are those of all loops, and below a
 * Gather the mean of the processes that ran side by side, so that no time counts twice. A CTE or InitPlan hangs where it
 * is declared but runs inside the node that reads it: its time is taken from that node's `selfMs`. So the self times of
 * a plan add up to the root's total.
 *
 * @param values - what was bound, to be shown as `$n` in the conditions
 */
export function readPlan(json: string, values: readonly (string | null)[] = []): ExplainedPlan {
  const [explained] = JSON.parse(json) as readonly Readonly<Record<string, unknown>>[];
  const root = explained?.Plan as RawNode;
  const processes = new Map<RawNode, number>();
  countProcesses(root, 1, processes);
  const reading = { values, processes, borrowed: borrowedTimes(root, processes) };
  const jit = (explained?.JIT as { readonly Timing?: Readonly<Record<string, unknown>> } | undefined)?.Timing;
  const compilingMs = numberOf(jit, 'Total');
  // Each worker compiles for itself, all at the same time; EXPLAIN tells the sum.
  const compilers = Math.max(...processes.values());
  return {
    plan: planNode(root, reading),
    ...field('planningMs', numberOf(explained, 'Planning Time')),
    ...field('executionMs', numberOf(explained, 'Execution Time')),
    ...field('jitMs', compilingMs === undefined ? undefined : compilingMs / compilers),
    triggers: triggersOf(explained),
  };
}

function triggersOf(explained: Readonly<Record<string, unknown>> | undefined): readonly TriggerTime[] {
  return ((explained?.Triggers ?? []) as readonly Readonly<Record<string, unknown>>[])
    .map((raw) => ({
      name: String(raw['Trigger Name'] ?? raw['Constraint Name'] ?? ''),
      ...textField('constraint', raw, 'Constraint Name'),
      table: String(raw.Relation ?? ''),
      calls: numberOf(raw, 'Calls') ?? 0,
      timeMs: numberOf(raw, 'Time') ?? 0,
    }))
    .toSorted((a, b) => b.timeMs - a.timeMs);
}

function planNode(raw: RawNode, reading: Reading): PlanNode {
  const loops = numberOf(raw, 'Actual Loops');
  const total = totalOf(raw, reading.processes);
  const all = (label: string) => scaled(numberOf(raw, label), loops);
  const removed = ['Filter', 'Join Filter', 'Index Recheck'].map((by) => all(`Rows Removed by ${by}`));
  const rechecked = all('Rows Removed by Index Recheck');
  const batches = numberOf(raw, 'Hash Batches') ?? numberOf(raw, 'HashAgg Batches');
  return {
    type: typeOf(raw),
    ...textField('part', raw, 'Subplan Name'),
    ...textField('relation', raw, 'Relation Name'),
    ...textField('index', raw, 'Index Name'),
    conditions: conditionLabels.flatMap((label) => conditionOf(raw, label, reading.values)),
    estimatedRows: (numberOf(raw, 'Plan Rows') ?? 0) * (loops || 1),
    ...field('actualRows', all('Actual Rows')),
    ...field('loops', loops),
    ...field('totalMs', total),
    ...field('selfMs', total === undefined ? undefined : selfTime(raw, total, reading)),
    ...field('rowsRemoved', removed.some((rows) => rows !== undefined) ? sum(removed) : undefined),
    ...field('rowsRechecked', rechecked),
    ...field('sharedHitBlocks', numberOf(raw, 'Shared Hit Blocks')),
    ...field('sharedReadBlocks', numberOf(raw, 'Shared Read Blocks')),
    ...field('tempWrittenBlocks', numberOf(raw, 'Temp Written Blocks')),
    ...textField('sortMethod', raw, 'Sort Method'),
    ...field('heapFetches', numberOf(raw, 'Heap Fetches')),
    ...field('lossyBlocks', numberOf(raw, 'Lossy Heap Blocks')),
    ...field('exactBlocks', numberOf(raw, 'Exact Heap Blocks')),
    ...field('hashBatches', batches !== undefined && batches > 1 ? batches : undefined),
    ...field('workersPlanned', numberOf(raw, 'Workers Planned')),
    ...field('workersLaunched', numberOf(raw, 'Workers Launched')),
    children: (raw.Plans ?? []).map((child) => planNode(child, reading)),
  };
}

/** The workers and, where it takes part, the leader each loop once over what they share. */
function countProcesses(raw: RawNode, processes: number, counts: Map<RawNode, number>): void {
  counts.set(raw, processes);
  for (const child of raw.Plans ?? []) {
    // An InitPlan is run by the leader alone.
    if (child['Parent Relationship'] === 'InitPlan') countProcesses(child, 1, counts);
    else if (isGather(raw)) countProcesses(child, processesOf(raw, child), counts);
    else countProcesses(child, processes, counts);
  }
}

function processesOf(gather: RawNode, child: RawNode): number {
  const loops = numberOf(child, 'Actual Loops') ?? 0;
  return Math.max(1, loops / (numberOf(gather, 'Actual Loops') || 1));
}

function selfTime(raw: RawNode, total: number, { borrowed, processes }: Reading): number {
  const children = (raw.Plans ?? []).filter((child) => child['Parent Relationship'] !== 'InitPlan');
  const childTimes = children.map((child) => totalOf(child, processes));
  return Math.max(0, total - sum(childTimes) - (borrowed.get(raw) ?? 0));
}

/** For each node, the time that CTEs and InitPlans ran inside it. */
function borrowedTimes(root: RawNode, processes: ReadonlyMap<RawNode, number>): ReadonlyMap<RawNode, number> {
  const nodes = flatten(root);
  const parents = new Map(nodes.flatMap((node) => (node.Plans ?? []).map((child) => [child, node] as const)));
  const borrowed = new Map<RawNode, number>();
  const lend = (node: RawNode, ms: number) => borrowed.set(node, (borrowed.get(node) ?? 0) + ms);
  for (const parent of nodes) {
    for (const plan of parent.Plans ?? []) {
      const total = totalOf(plan, processes);
      if (plan['Parent Relationship'] !== 'InitPlan' || !total) continue;
      const name = String(plan['Subplan Name']);
      const cte = /^CTE (.*)$/.exec(name)?.[1];
      if (cte === undefined) {
        const reader = nodes.find((node) => reads(node, name)) ?? parent;
        lend(gatherBetween(reader, parent, parents) ?? reader, total);
        continue;
      }
      // The first to pull a row pays for it; which one that was is not told, so the slowest is charged first.
      const scans = nodes.filter((node) => node['CTE Name'] === cte && node['Node Type'] === 'CTE Scan');
      const timeOf = (scan: RawNode) => totalOf(scan, processes) ?? 0;
      let rest = total;
      for (const scan of scans.sort((a, b) => timeOf(b) - timeOf(a))) {
        const share = Math.min(rest, timeOf(scan));
        lend(scan, share);
        rest -= share;
      }
    }
  }
  return borrowed;
}

/** What the workers read of an InitPlan, the leader has worked out before it sent them off. */
function gatherBetween(
  reader: RawNode,
  declaredAt: RawNode,
  parents: ReadonlyMap<RawNode, RawNode>,
): RawNode | undefined {
  let outermost: RawNode | undefined;
  for (let node = parents.get(reader); node && node !== declaredAt; node = parents.get(node)) {
    if (isGather(node)) outermost = node;
  }
  return outermost ?? (isGather(declaredAt) && reader !== declaredAt ? declaredAt : undefined);
}

/** Whether a condition of `node` uses the result: `$0` up to PostgreSQL 16, `(InitPlan 1).col1` from 17. */
function reads(node: RawNode, initPlan: string): boolean {
  const parameter = /returns (\$\d+)/.exec(initPlan)?.[1];
  const name = /^InitPlan \d+/.exec(initPlan)?.[0];
  const text = conditionLabels.map((label) => String(node[label] ?? '')).join('\n');
  if (parameter) return new RegExp(`\\${parameter}(?!\\d)`).test(text);
  return name !== undefined && text.includes(`(${name})`);
}

function flatten(node: RawNode): readonly RawNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}

function typeOf(raw: RawNode): string {
  const type = String(raw.Operation ?? raw['Node Type']);
  return raw['Parallel Aware'] === true ? `Parallel ${type}` : type;
}

function isGather(raw: RawNode): boolean {
  return raw['Node Type'] === 'Gather' || raw['Node Type'] === 'Gather Merge';
}

function conditionOf(raw: RawNode, label: string, values: readonly (string | null)[]): readonly string[] {
  const value = raw[label];
  if (value === undefined) return [];
  return [`${label}: ${showCondition(Array.isArray(value) ? value.join(', ') : String(value), values)}`];
}

function totalOf(raw: RawNode, processes: ReadonlyMap<RawNode, number>): number | undefined {
  const all = scaled(numberOf(raw, 'Actual Total Time'), numberOf(raw, 'Actual Loops'));
  return all === undefined ? undefined : all / (processes.get(raw) ?? 1);
}

function scaled(perLoop: number | undefined, loops: number | undefined): number | undefined {
  return perLoop === undefined || loops === undefined ? undefined : perLoop * loops;
}

function sum(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}

function numberOf(raw: Readonly<Record<string, unknown>> | undefined, key: string): number | undefined {
  const value = raw?.[key];
  return typeof value === 'number' ? value : undefined;
}

function field<K extends string>(name: K, value: number | undefined): { readonly [P in K]?: number } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [P in K]?: number });
}

function textField<K extends string>(name: K, raw: RawNode, key: string): { readonly [P in K]?: string } {
  const value = raw[key];
  return typeof value === 'string' ? ({ [name]: value } as { readonly [P in K]?: string }) : {};
}
