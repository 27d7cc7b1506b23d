import type { DraftVariable, LeftOut } from './notes.ts';
import type { WrittenScenario } from './written.ts';

/** What a scenario can be drafted from. */
export const sourceKinds = ['openapi', 'har', 'artillery'] as const;
export type SourceKind = (typeof sourceKinds)[number];

/** What the user decides, whatever the source says. */
export interface DraftOptions {
  /** Where the service listens. */
  readonly url?: string | undefined;
  /** Starts the service. */
  readonly command?: string | undefined;
  /** Whether operations that change data are taken too. */
  readonly writes?: boolean | undefined;
}

export interface DraftInput {
  readonly content: unknown;
  /** As the user gave it. */
  readonly file: string;
  readonly options: DraftOptions;
  /** A file that the source names, and its path as seen from the draft; `undefined` where there is none. */
  readonly readBeside: (path: string) => { readonly text: string; readonly path: string } | undefined;
}

/** A scenario that nobody has looked at yet, and what must be known of it. */
export interface Draft {
  readonly scenario: WrittenScenario;
  /** What was read: `OpenAPI 3.1.0`. */
  readonly source: string;
  /** What is in the draft: `6 of 9 operations`. */
  readonly taken: string;
  readonly leftOut: readonly LeftOut[];
  readonly remarks: readonly string[];
  /** To be set before a run. */
  readonly variables: readonly DraftVariable[];
}
