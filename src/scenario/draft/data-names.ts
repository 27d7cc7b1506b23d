import { dataName, unusedName } from './literal.ts';
import type { WrittenData } from './written.ts';

/** The data of a draft; equal sources that different requests need are one. */
export interface DataNames {
  /** The name by which `{{ name }}` reaches the values; `wanted` where that is free. */
  add(wanted: string, source: DataSourceValues): string;
  /** Gives back what was added since `mark` was taken, because its request finds no room. */
  readonly mark: () => number;
  readonly backTo: (mark: number) => void;
  readonly all: readonly WrittenData[];
}

export type DataSourceValues = { readonly range: readonly [number, number] } | { readonly values: readonly string[] };

export function createDataNames(): DataNames {
  const all: WrittenData[] = [];
  const keys: string[] = [];
  return {
    all,
    add(wanted, source) {
      const stem = dataName(wanted);
      const key = `${stem} ${JSON.stringify(source)}`;
      const known = all[keys.indexOf(key)];
      if (known) return known.as;
      const name = unusedName(stem, (each) => all.some(({ as }) => as === each));
      all.push({ as: name, ...source });
      keys.push(key);
      return name;
    },
    mark: () => all.length,
    backTo(mark) {
      all.length = mark;
      keys.length = mark;
    },
  };
}
