import type { IndexState, TableState } from '../../model/table-state.ts';
import type { Connection } from './connection.ts';
import { measureWriteCost } from './write-cost.ts';

/** Each takes about a tenth of a second; a table with more idle indexes has its worst told by their sizes. */
const mostIndexes = 8;

/**
 * Measures on a scratch copy what writes cost with and without each index that nobody uses; the copy loses them.
 *
 * One is dropped after the other, so that their costs add up to that of all.
 */
export async function measureIdleIndexes(
  copy: Connection,
  tables: readonly TableState[],
  onProgress: (text: string) => void,
  leftMs: () => number,
): Promise<readonly TableState[]> {
  const measured: TableState[] = [];
  for (const table of tables) {
    const idle = table.indexes.filter(isIdle).sort((a, b) => b.sizeBytes - a.sizeBytes);
    const writes = new Map<string, IndexState['writes']>();
    for (const index of idle.slice(0, mostIndexes)) {
      if (leftMs() <= 0) break;
      onProgress(`writes without the index ${index.name}`);
      const cost = await costOf(copy, table, index);
      if (cost) writes.set(index.name, cost);
    }
    measured.push({
      ...table,
      indexes: table.indexes.map((index) => {
        const cost = writes.get(index.name);
        return cost ? { ...index, writes: cost } : index;
      }),
    });
  }
  return measured;
}

function isIdle({ keptFor, scans, coveredBy }: IndexState): boolean {
  return keptFor === undefined && (scans === 0 || coveredBy !== undefined);
}

async function costOf(copy: Connection, { table }: TableState, { name, columns }: IndexState) {
  const quoted = (part: string) => `"${part.replaceAll('"', '""')}"`;
  const sqlName = table.split('.').map(quoted).join('.');
  const schema = table.includes('.') ? `${quoted(table.slice(0, table.indexOf('.')))}.` : '';
  const plain = columns.filter((column) => column !== null);
  const index = `${schema}${quoted(name)}`;
  const cost = await measureWriteCost(copy, sqlName, index, plain);
  await copy.run(`DROP INDEX ${index}`);
  return 'reason' in cost ? undefined : cost;
}
