import { createRandom } from './random.ts';
import type { DataSource } from './scenario.ts';
import type { TemplateValues } from './template.ts';

/**
 * Supplies the values of a scenario's `data`, one set per iteration of a flow.
 *
 * Equal seeds give equal sequences, so that before and after are asked the same things in the same order.
 */
export function createDataFeed(sources: readonly DataSource[], seed: number): () => TemplateValues {
  if (sources.length === 0) {
    const empty: TemplateValues = {};
    return () => empty;
  }
  const pickers = sources.map((source, index) => picker(source, seed + index));
  return () => Object.assign({}, ...pickers.map((pick) => pick())) as TemplateValues;
}

function picker(source: DataSource, seed: number): () => TemplateValues {
  const { values, as } = source;
  const size = values.kind === 'range' ? values.to - values.from + 1 : values.rows.length;
  const next = indexes(source.order, size, seed);
  if (values.kind === 'range') return () => ({ [as]: String(values.from + next()) });
  const rows = values.rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([field, value]) => [field === '' ? as : `${as}.${field}`, value])),
  );
  return () => rows[next()] ?? {};
}

function indexes(order: DataSource['order'], size: number, seed: number): () => number {
  if (order === 'random') {
    const random = createRandom(seed);
    return () => Math.floor(random() * size);
  }
  let at = -1;
  return () => {
    at = (at + 1) % size;
    return at;
  };
}
