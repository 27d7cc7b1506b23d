import type { SelectStmt } from 'libpg-query';
import type { PlanNode } from '../../model/plan-node.ts';
import type { IndexTrial } from '../../model/plan-trials.ts';
import type { BoundStatement } from './connection.ts';
import { indexCandidates } from './index-candidates.ts';
import type { TableFacts } from './table-facts.ts';
import { orderIsCostly, wastefulRelations } from './wasteful-read.ts';

/** An executed statement for which an index may be wanted. */
export interface TrialSubject {
  readonly fingerprint: string;
  /** The text without literals. */
  readonly shown: string;
  readonly statement: BoundStatement;
  readonly select: SelectStmt;
  readonly plan: PlanNode;
  /** Whether the constants in its text are the same in every execution. */
  readonly constants: boolean;
  /** The tables that it names. */
  readonly tables: readonly TableFacts[];
}

/** An index to be tried for the statements that might use it. */
export interface IndexCandidate {
  readonly table: TableFacts;
  readonly columns: readonly string[];
  readonly include?: readonly string[];
  readonly predicate?: string;
  readonly subjects: readonly TrialSubject[];
}

export type NoIndex = Extract<IndexTrial, { status: 'none' }>;
export type TriedIndex = Extract<IndexTrial, { status: 'tried' }>;
export type EstimatedIndex = Extract<IndexTrial, { status: 'estimated' }>;
export type UntriedIndex = Extract<IndexTrial, { status: 'untried' }>;

/** The indexes that the plans ask for, each once, and the reason of every statement that asks for none. */
export function wantedIndexes(subjects: readonly TrialSubject[]): {
  readonly candidates: readonly IndexCandidate[];
  readonly none: readonly NoIndex[];
} {
  const candidates = new Map<string, IndexCandidate>();
  const none: NoIndex[] = [];
  for (const subject of subjects) {
    const { plan, select, tables, constants } = subject;
    const wasteful = wastefulRelations(plan);
    const ideas = indexCandidates(select, tables, { forOrder: orderIsCostly(plan), constants }).filter(({ table }) =>
      wasteful.has(table.name),
    );
    const wanted = ideas.filter((idea) => idea.status === 'candidate');
    for (const { status: _, ...idea } of wanted) {
      const key = indexBody(idea);
      const known = candidates.get(key)?.subjects ?? [];
      candidates.set(key, { ...idea, subjects: [...known, subject] });
    }
    if (wanted.length > 0) continue;
    const reasons = ideas.flatMap((idea) => (idea.status === 'none' ? [idea.reason] : []));
    const reason = reasons.length > 0 ? [...new Set(reasons)].join('; ') : 'its plan reads no table in vain';
    none.push({ status: 'none', fingerprint: subject.fingerprint, reason });
  }
  return { candidates: withShorterOnes([...candidates.values()]), none };
}

/** An index serves also those who want one on the columns with which it begins: it is tried for them, too. */
function withShorterOnes(candidates: readonly IndexCandidate[]): readonly IndexCandidate[] {
  return candidates.map((candidate) => {
    if (candidate.predicate !== undefined) return candidate;
    const shorter = candidates.filter(
      ({ table, columns, predicate }) =>
        predicate === undefined &&
        table.sqlName === candidate.table.sqlName &&
        columns.length < candidate.columns.length &&
        columns.every((column, index) => column === candidate.columns[index]),
    );
    const subjects = [candidate, ...shorter].flatMap((each) => each.subjects);
    return { ...candidate, subjects: [...new Map(subjects.map((each) => [each.fingerprint, each])).values()] };
  });
}

/** What remains of a candidate where no index may be built. */
export function untried(candidate: IndexCandidate, reason: string): readonly UntriedIndex[] {
  return candidate.subjects.map(({ fingerprint }) => ({
    status: 'untried',
    fingerprint,
    ...candidateText(candidate),
    reason,
  }));
}

/** How trials tell of a candidate. */
export function candidateText(
  candidate: Omit<IndexCandidate, 'subjects'>,
): Pick<UntriedIndex, 'table' | 'columns' | 'include' | 'predicate' | 'ddl'> {
  const { table, columns, include, predicate } = candidate;
  return {
    table: table.writtenAs,
    columns,
    ...(include ? { include } : {}),
    ...(predicate === undefined ? {} : { predicate }),
    // The statement to be run on the real database, which blocks no writer there.
    ddl: `CREATE INDEX CONCURRENTLY ON ${indexBody(candidate)}`,
  };
}

/** What follows `CREATE INDEX … ON`. */
export function indexBody({ table, columns, include, predicate }: Omit<IndexCandidate, 'subjects'>): string {
  const quoted = (names: readonly string[]) =>
    names.map((name) => table.columns.find((column) => column.name === name)?.sqlName ?? name).join(', ');
  const carried = include ? ` INCLUDE (${quoted(include)})` : '';
  return `${table.sqlName} (${quoted(columns)})${carried}${predicate === undefined ? '' : ` WHERE ${predicate}`}`;
}
