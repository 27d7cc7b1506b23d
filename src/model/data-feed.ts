import { createRandom } from './random.ts';
import type { DataSource } from './scenario.ts';
import type { TemplateValues } from './template.ts';

/** The part of the data that one of several feeds supplies. */
export interface DataShare {
  /** Counts from 0; of `count` feeds, the rows in order go to each in turn. */
  readonly index: number;
  readonly count: number;
  /** By the name of a `unique` source: how many of its rows are used up already. */
  readonly uniqueFrom: Readonly<Record<string, number>>;
  /** Which of the services that are loaded side by side: they get other rows of `unique` sources, but else the same. */
  readonly lane?: { readonly index: number; readonly count: number };
}

export const wholeData: DataShare = { index: 0, count: 1, uniqueFrom: {} };

/** Supplies the values of a scenario's `data`, one set per walk through a flow. */
export interface DataFeed {
  /** Values for these sources, by their names; `undefined` once a `unique` one has no row left. */
  next(names: readonly string[]): TemplateValues | undefined;
  /** The `unique` source that had no row left. */
  exhausted(): string | undefined;
  /** By the name of a `unique` source: how many of its rows are used up, those of the other feeds included. */
  used(): Readonly<Record<string, number>>;
}

/**
 * Equal seeds give equal sequences, so that before and after are asked the same things in the same order.
 */
export function createDataFeed(sources: readonly DataSource[], seed: number, share: DataShare = wholeData): DataFeed {
  const pickers = new Map(sources.map((source, index) => [source.as, picker(source, seed + index, share)]));
  const taken = new Map<string, number>();
  let empty: string | undefined;
  return {
    next(names) {
      const values: Record<string, string> = {};
      for (const name of names) {
        const row = pickers.get(name)?.();
        if (row === undefined) {
          empty ??= name;
          return undefined;
        }
        Object.assign(values, row);
      }
      for (const name of names) taken.set(name, (taken.get(name) ?? 0) + 1);
      return values;
    },
    exhausted: () => empty,
    used: () =>
      Object.fromEntries(
        sources
          .filter(({ order }) => order === 'unique')
          .map(({ as }) => [as, (share.uniqueFrom[as] ?? 0) + (taken.get(as) ?? 0) * share.count * lanesOf(share)]),
      ),
  };
}

/** How many rows a source has. */
export function sizeOfSource({ values }: DataSource): number {
  return values.kind === 'range' ? values.to - values.from + 1 : values.rows.length;
}

function picker(source: DataSource, seed: number, share: DataShare): () => TemplateValues | undefined {
  const { values, as } = source;
  const next = indexes(source, seed, share);
  if (values.kind === 'range') {
    return () => {
      const index = next();
      return index === undefined ? undefined : { [as]: String(values.from + index) };
    };
  }
  const rows = values.rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([field, value]) => [field === '' ? as : `${as}.${field}`, value])),
  );
  return () => {
    const index = next();
    return index === undefined ? undefined : rows[index];
  };
}

function lanesOf({ lane }: DataShare): number {
  return lane?.count ?? 1;
}

function indexes(source: DataSource, seed: number, share: DataShare): () => number | undefined {
  const { index, count } = share;
  const size = sizeOfSource(source);
  if (source.order === 'random') {
    // Seeds far apart, so that the sources of one feed share none with those of the next.
    const random = createRandom(seed + index * 1000);
    return () => Math.floor(random() * size);
  }
  if (source.order === 'sequence') {
    let at = index;
    return () => {
      const row = at % size;
      at += count;
      return row;
    };
  }
  const lanes = lanesOf(share);
  let at = (share.uniqueFrom[source.as] ?? 0) + (share.lane?.index ?? 0) + index * lanes;
  return () => {
    const row = at;
    at += count * lanes;
    return row < size ? row : undefined;
  };
}
