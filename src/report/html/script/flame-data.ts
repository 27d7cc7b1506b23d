/**
 * A flame graph as the report carries it, in columns: one call tree with the times of one variant or of two.
 *
 * Made only of numbers and of text that is shown as text; all times are µs per request.
 */
export interface FlameData {
  /** Names of the variants: one, or before and after. */
  readonly sides: readonly string[];
  /** Of each function its name, its place in the code, and its kind as the class of its colour. */
  readonly names: readonly string[];
  readonly places: readonly string[];
  readonly kinds: readonly string[];
  /** Of each node the node above it (−1 for none, always earlier in the list), and its function. */
  readonly parent: readonly number[];
  readonly frame: readonly number[];
  /** By side and node. */
  readonly selfUs: readonly (readonly number[])[];
}

/** What a graph shows: one side, or the difference, in which the width is the time after. */
export type FlameView = number | 'difference';
