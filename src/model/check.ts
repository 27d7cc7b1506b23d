/** One thing that a run will need, and whether it is there. */
export interface CheckResult {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed';
  readonly message: string;
  /** What to do about it; given unless `status` is `ok`. */
  readonly hint?: string;
  /** More to know, a line each. */
  readonly details?: readonly string[];
}
