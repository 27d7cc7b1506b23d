import type { Grade } from './finding.ts';

/** What an explained statement is worth: whether its plan is to be mended, and how. */
export interface StatementRating {
  readonly fingerprint: string;
  /** `unknown` where it was not executed. */
  readonly rating: 'faulty' | 'fine' | 'unknown';
  /** The shorter of planning and execution under EXPLAIN, and of the round trip without it; left out where it was not executed. */
  readonly totalMs?: number;
  /** What is wrong with its plan, the dearest first. */
  readonly faults: readonly { readonly grade: Grade; readonly summary: string; readonly advice: string }[];
  /** Of the index to create, or why there is none; left out where nothing was asked of indexes. */
  readonly index?: string;
}
