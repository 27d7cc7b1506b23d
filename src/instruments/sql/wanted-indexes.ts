import type { SelectStmt } from 'libpg-query';
import type { IndexTrial, PlanNode } from '../../model/plans.ts';
import type { BoundStatement } from './connection.ts';
import { indexCandidates } from './index-candidates.ts';
import type { TableFacts } from './table-facts.ts';
import { orderIsCostly, wastefulRelations } from './wasteful-read.ts';

/** An executed statement for which an index is wanted. */
export interface TrialSubject {
  readonly fingerprint: string;
  readonly statement: BoundStatement;
  readonly select: SelectStmt;
  readonly plan: PlanNode;
}

/** An index to be tried for the statements that might use it. */
export interface IndexCandidate {
  readonly table: TableFacts;
  readonly columns: readonly string[];
  readonly subjects: readonly TrialSubject[];
}

export type NoIndex = Extract<IndexTrial, { status: 'none' }>;
export type TriedIndex = Extract<IndexTrial, { status: 'tried' }>;
export type UntriedIndex = Extract<IndexTrial, { status: 'untried' }>;

/** The indexes that the plans ask for, each once, and the reason of every statement that asks for none. */
export function wantedIndexes(
  subjects: readonly { readonly subject: TrialSubject; readonly tables: readonly TableFacts[] }[],
): { readonly candidates: readonly IndexCandidate[]; readonly none: readonly NoIndex[] } {
  const candidates = new Map<string, IndexCandidate>();
  const none: NoIndex[] = [];
  for (const { subject, tables } of subjects) {
    const wasteful = wastefulRelations(subject.plan);
    const ideas = indexCandidates(subject.select, tables, { forOrder: orderIsCostly(subject.plan) }).filter(
      ({ table }) => wasteful.has(table.name),
    );
    const wanted = ideas.filter((idea) => idea.status === 'candidate');
    for (const { table, columns } of wanted) {
      const key = indexBody(table, columns);
      const known = candidates.get(key)?.subjects ?? [];
      candidates.set(key, { table, columns, subjects: [...known, subject] });
    }
    if (wanted.length > 0) continue;
    const reasons = ideas.flatMap((idea) => (idea.status === 'none' ? [idea.reason] : []));
    const reason = reasons.length > 0 ? [...new Set(reasons)].join('; ') : 'its plan reads no table in vain';
    none.push({ status: 'none', fingerprint: subject.fingerprint, reason });
  }
  return { candidates: [...candidates.values()], none };
}

/** What remains of a candidate where no index may be built. */
export function untried({ table, columns, subjects }: IndexCandidate, reason: string): readonly UntriedIndex[] {
  const described = { table: table.writtenAs, columns, ddl: createConcurrently(table, columns), reason };
  return subjects.map(({ fingerprint }) => ({ status: 'untried', fingerprint, ...described }));
}

/** Between near equals the first one stays, so that every run names the same index. */
const clearlyFaster = 0.8;

/** For each statement and table the index that helped most; where none was used, the first that was tried. */
export function bestTrials(trials: readonly (TriedIndex | UntriedIndex)[]): readonly (TriedIndex | UntriedIndex)[] {
  const best = new Map<string, TriedIndex | UntriedIndex>();
  for (const trial of trials) {
    const key = JSON.stringify([trial.fingerprint, trial.table]);
    const known = best.get(key);
    if (!known || rank(trial) < rank(known) * clearlyFaster) best.set(key, trial);
  }
  return [...best.values()];
}

function rank(trial: TriedIndex | UntriedIndex): number {
  return trial.status === 'tried' && trial.used ? trial.afterMs : Number.POSITIVE_INFINITY;
}

/** The statement to be run on the real database, which blocks no writer there. */
export function createConcurrently(table: TableFacts, columns: readonly string[]): string {
  return `CREATE INDEX CONCURRENTLY ON ${indexBody(table, columns)}`;
}

/** What follows `CREATE INDEX … ON`. */
export function indexBody(table: TableFacts, columns: readonly string[]): string {
  const quoted = columns.map((name) => table.columns.find((column) => column.name === name)?.sqlName ?? name);
  return `${table.sqlName} (${quoted.join(', ')})`;
}
