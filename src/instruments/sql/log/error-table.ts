import type { LoggedError } from '../../../model/query-log.ts';
import { ownCopy } from './prefix-reader.ts';
import type { StatementTable } from './statement-table.ts';

const maxErrors = 1_000;

/** Failed statements by what they failed with. */
interface ErrorTable {
  add(error: string, id: number): void;
  list(): readonly LoggedError[];
  /** Failures that are not in the list, since it was full. */
  readonly evicted: number;
}

/** An empty table that names statements by `table`. */
export function createErrorTable(table: Pick<StatementTable, 'textOf'>): ErrorTable {
  const counts = new Map<string, { error: string; id: number; calls: number }>();
  let evicted = 0;
  return {
    add(error, id) {
      const key = `${id} ${error}`;
      const known = counts.get(key);
      if (known) known.calls++;
      else if (counts.size < maxErrors) counts.set(ownCopy(key), { error: ownCopy(error), id, calls: 1 });
      else evicted++;
    },
    list: () =>
      [...counts.values()]
        .map(({ error, id, calls }) => ({ error, calls, statement: table.textOf(id) }))
        .sort((a, b) => b.calls - a.calls),
    get evicted() {
      return evicted;
    },
  };
}
