import type { Statement } from '../../model/queries.ts';
import { describeStatement } from './statement.ts';

/** Numbers statements by fingerprint; the first text of each is its example. */
export function createStatementCatalogue(describe: typeof describeStatement = describeStatement) {
  const ids = new Map<string, number>();
  const statements: Statement[] = [];
  return {
    statements: (): readonly Statement[] => [...statements],
    idOf(sql: string): number {
      const description = describe(sql);
      const known = ids.get(description.fingerprint);
      if (known !== undefined) return known;
      const id = statements.length;
      ids.set(description.fingerprint, id);
      statements.push({ id, ...description, example: sql });
      return id;
    },
  };
}
