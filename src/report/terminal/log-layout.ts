import type { LoggedStatementText } from '../../model/query-log.ts';
import type { Palette } from './palette.ts';

/** How the report of a query log is laid out. */
export interface LogLayout {
  readonly width: number;
  /** Entries of each section. */
  readonly limit: number;
  readonly paint: Palette;
  readonly text: (statement: LoggedStatementText) => string;
}
