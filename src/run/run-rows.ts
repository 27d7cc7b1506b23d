import type { LoadGenerator } from '../instruments/load/generator.ts';
import { sourcesOf } from '../instruments/load/itinerary.ts';
import { createDataFeed, type DataShare, sizeOfSource } from '../model/data-feed.ts';
import { Failure } from '../model/failure.ts';
import type { Flow } from '../model/flow.ts';
import type { Scenario, Variant } from '../model/scenario.ts';
import type { TemplateValues } from '../model/template.ts';

/** Rows for walks that are sent one at a time. */
export interface RowFeed extends Pick<LoadGenerator, 'usedRows' | 'exhausted'> {
  /** Those of the sources that the flow uses; nothing once a `unique` one has no row left. */
  next(flow: Flow): TemplateValues;
}

export function createRowFeed({ data, load }: Scenario, { headers }: Variant, share: DataShare): RowFeed {
  const feed = createDataFeed(data, load.seed, share);
  return {
    next: (flow) => feed.next(sourcesOf(flow, data, headers)) ?? {},
    exhausted: feed.exhausted,
    usedRows: feed.used,
  };
}

/** Which rows of `unique` sources are used up in one run, over all passes, variants and rounds. */
export interface UniqueRows {
  /** Of one of several services that are loaded side by side. */
  shareOf(lane: number, lanes: number): DataShare;
  /** Notes what was used; throws `data-exhausted` where a source had no row left. */
  settle(generators: readonly Pick<LoadGenerator, 'usedRows' | 'exhausted'>[]): void;
}

export function createUniqueRows({ data, positions }: Scenario): UniqueRows {
  let used: Readonly<Record<string, number>> = {};
  return {
    shareOf: (index, count) => ({ index: 0, count: 1, uniqueFrom: used, lane: { index, count } }),
    settle(generators) {
      for (const generator of generators) {
        const name = generator.exhausted();
        const source = data.findIndex(({ as }) => as === name);
        if (name !== undefined) {
          const rows = data[source] ? sizeOfSource(data[source]) : 0;
          throw new Failure('data-exhausted', { name, rows }, { at: positions[`data.${source}`] });
        }
      }
      const names = generators.flatMap((generator) => Object.keys(generator.usedRows()));
      used = Object.fromEntries(
        names.map((name) => [name, Math.max(...generators.map((generator) => generator.usedRows()[name] ?? 0))]),
      );
    },
  };
}
