import { planNodes } from '../../model/plan-node.ts';
import { type Connection, describeRefusal } from './connection.ts';
import { explainText } from './parameter-binding.ts';
import { readPlan } from './plan-tree.ts';
import { inReadOnlyTransaction } from './read-only.ts';
import {
  candidateText,
  type EstimatedIndex,
  type IndexCandidate,
  indexBody,
  type TrialSubject,
  type UntriedIndex,
  untried,
} from './wanted-indexes.ts';

/** Whether the database has HypoPG: https://github.com/HypoPG/hypopg */
export async function hasHypotheticalIndexes(connection: Connection): Promise<boolean> {
  return (await connection.run(`SELECT FROM pg_extension WHERE extname = 'hypopg'`)).length > 0;
}

/**
 * Lets the planner alone believe in the index, for this session: whether it would take it, and at which cost.
 *
 * HypoPG's costs are right; its sizes are two to four times too large and so are left out, and it cannot see that an
 * index makes a statement slower.
 */
export async function estimateIndex(
  connection: Connection,
  candidate: IndexCandidate,
): Promise<readonly (EstimatedIndex | UntriedIndex)[]> {
  try {
    const before = await costsOf(connection, candidate.subjects);
    const [created] = await connection.run('SELECT indexname FROM hypopg_create_index($1)', [
      `CREATE INDEX ON ${indexBody(candidate)}`,
    ]);
    const after = await costsOf(connection, candidate.subjects);
    return candidate.subjects.flatMap(({ fingerprint }, index): readonly EstimatedIndex[] => {
      const [was, is] = [before[index], after[index]];
      if (!was || !is) return [];
      const used = [...planNodes(is.plan)].some((node) => node.index === created?.[0]);
      const costs = { costBefore: was.cost, costAfter: is.cost };
      return [{ status: 'estimated', fingerprint, ...candidateText(candidate), ...costs, used, planAfter: is.plan }];
    });
  } catch (error) {
    return untried(candidate, `HypoPG could not take it: ${describeRefusal(error)}`);
  } finally {
    await connection.run('SELECT hypopg_reset()');
  }
}

async function costsOf(connection: Connection, subjects: readonly TrialSubject[]) {
  const costs = [];
  for (const { statement } of subjects) {
    const { sql, values, types } = statement;
    const text = await inReadOnlyTransaction(connection, async () =>
      explainText(await connection.run(`EXPLAIN (FORMAT JSON) ${sql}`, values, types)),
    );
    const [explained] = JSON.parse(text) as readonly { readonly Plan: { readonly 'Total Cost': number } }[];
    costs.push({ cost: explained?.Plan['Total Cost'] ?? 0, plan: readPlan(text, values).plan });
  }
  return costs;
}
