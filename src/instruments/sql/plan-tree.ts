import type { PlanNode } from '../../model/plans.ts';
import { showCondition } from './shown-condition.ts';

/** What one EXPLAIN told; the times are left out where the statement was not executed. */
export interface ExplainedPlan {
  readonly plan: PlanNode;
  readonly planningMs?: number;
  readonly executionMs?: number;
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

/**
 * Reads the output of `EXPLAIN (…, FORMAT JSON)`.
 *
 * Below a Gather, `totalMs` is the time of all workers together and so exceeds the Gather's own, which is wall
 * time. A CTE or InitPlan hangs where it is declared but runs inside the node that reads it: its time is taken
 * from that node's `selfMs`, so that the self times of a serial plan add up to the root's total.
 *
 * @param values - what was bound, to be shown as `$n` in the conditions
 */
export function readPlan(json: string, values: readonly (string | null)[] = []): ExplainedPlan {
  const [explained] = JSON.parse(json) as readonly Readonly<Record<string, unknown>>[];
  const root = explained?.Plan as RawNode;
  const borrowed = borrowedTimes(root);
  const planningMs = numberOf(explained, 'Planning Time');
  const executionMs = numberOf(explained, 'Execution Time');
  return {
    plan: planNode(root, values, borrowed),
    ...(planningMs === undefined ? {} : { planningMs }),
    ...(executionMs === undefined ? {} : { executionMs }),
  };
}

function planNode(raw: RawNode, values: readonly (string | null)[], borrowed: ReadonlyMap<RawNode, number>): PlanNode {
  const loops = numberOf(raw, 'Actual Loops');
  const total = totalOf(raw);
  const all = (label: string) => scaled(numberOf(raw, label), loops);
  const removed = ['Filter', 'Join Filter', 'Index Recheck'].map((by) => all(`Rows Removed by ${by}`));
  return {
    type: typeOf(raw),
    ...textField('relation', raw, 'Relation Name'),
    ...textField('index', raw, 'Index Name'),
    conditions: conditionLabels.flatMap((label) => conditionOf(raw, label, values)),
    estimatedRows: (numberOf(raw, 'Plan Rows') ?? 0) * (loops || 1),
    ...field('actualRows', all('Actual Rows')),
    ...field('loops', loops),
    ...field('totalMs', total),
    ...field('selfMs', total === undefined ? undefined : selfTime(raw, total, borrowed)),
    ...field('rowsRemoved', removed.some((rows) => rows !== undefined) ? sum(removed) : undefined),
    ...field('sharedHitBlocks', numberOf(raw, 'Shared Hit Blocks')),
    ...field('sharedReadBlocks', numberOf(raw, 'Shared Read Blocks')),
    ...field('tempWrittenBlocks', numberOf(raw, 'Temp Written Blocks')),
    ...textField('sortMethod', raw, 'Sort Method'),
    children: (raw.Plans ?? []).map((child) => planNode(child, values, borrowed)),
  };
}

function selfTime(raw: RawNode, total: number, borrowed: ReadonlyMap<RawNode, number>): number {
  const children = (raw.Plans ?? []).filter((child) => child['Parent Relationship'] !== 'InitPlan');
  const childTimes = children.map((child) => (isGather(raw) ? wallTime(raw, child) : totalOf(child)));
  return Math.max(0, total - sum(childTimes) - (borrowed.get(raw) ?? 0));
}

/** The workers run side by side: their average is how long the Gather waited for them. */
function wallTime(gather: RawNode, child: RawNode): number {
  return (numberOf(child, 'Actual Total Time') ?? 0) * (numberOf(gather, 'Actual Loops') ?? 1);
}

/** For each node, the time that CTEs and InitPlans ran inside it. */
function borrowedTimes(root: RawNode): ReadonlyMap<RawNode, number> {
  const nodes = flatten(root);
  const borrowed = new Map<RawNode, number>();
  const lend = (node: RawNode, ms: number) => borrowed.set(node, (borrowed.get(node) ?? 0) + ms);
  for (const parent of nodes) {
    for (const plan of parent.Plans ?? []) {
      const total = totalOf(plan);
      if (plan['Parent Relationship'] !== 'InitPlan' || !total) continue;
      const name = String(plan['Subplan Name']);
      const cte = /^CTE (.*)$/.exec(name)?.[1];
      if (cte === undefined) {
        lend(nodes.find((node) => reads(node, name)) ?? parent, total);
        continue;
      }
      // The first to pull a row pays for it; which one that was is not told, so the slowest is charged first.
      const scans = nodes.filter((node) => node['CTE Name'] === cte && node['Node Type'] === 'CTE Scan');
      let rest = total;
      for (const scan of scans.sort((a, b) => (totalOf(b) ?? 0) - (totalOf(a) ?? 0))) {
        const share = Math.min(rest, totalOf(scan) ?? 0);
        lend(scan, share);
        rest -= share;
      }
    }
  }
  return borrowed;
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

function totalOf(raw: RawNode): number | undefined {
  return scaled(numberOf(raw, 'Actual Total Time'), numberOf(raw, 'Actual Loops'));
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
