import type { PlanNode } from './plan-node.ts';
import type { Frame } from './profile.ts';
import type { CodePlace } from './queries.ts';

/** How sure a finding is: `proven` was tried or shown in the data, `likely` has one explanation, `possible` several. */
export type Grade = 'proven' | 'likely' | 'possible';

export type Severity = 'high' | 'medium' | 'low';

/** One thing that is wrong, with what shows it. */
export interface Finding {
  /** audit, endpoint and fingerprint or frame: nothing that varies between runs, so that findings match before and after. */
  readonly key: string;
  readonly audit: string;
  readonly endpoint?: string;
  readonly severity: Severity;
  readonly grade: Grade;
  /** One sentence with the figures of this finding. */
  readonly summary: string;
  /** What one request of `endpoint` would save, in ms; left out where it is unknown. */
  readonly savingMs?: number;
  readonly evidence: readonly Evidence[];
}

/** What reporters can show; they know these kinds and no audit. */
export type Evidence =
  | {
      readonly kind: 'statement';
      readonly label: string;
      readonly sql: string;
      readonly calls?: number;
      readonly totalMs?: number;
      /** Where the service sends it. */
      readonly place?: CodePlace;
    }
  /** Text to copy: a rewritten statement, DDL. */
  | { readonly kind: 'fix'; readonly label: string; readonly language: 'sql' | 'text'; readonly text: string }
  /** The same thing measured with and without the fix; medians of `runs`, unless `average` says otherwise. */
  | {
      readonly kind: 'measurement';
      readonly label: string;
      readonly beforeMs: number;
      readonly afterMs: number;
      readonly runs: number;
      readonly average?: 'mean';
      /** Where and how it was measured. */
      readonly method: string;
    }
  | { readonly kind: 'plan'; readonly label: string; readonly plan: PlanNode }
  | {
      readonly kind: 'frames';
      readonly label: string;
      readonly rows: readonly {
        readonly frame: Frame;
        readonly selfUsPerRequest: number;
        readonly totalUsPerRequest: number;
        readonly share: number;
      }[];
    }
  | {
      readonly kind: 'table';
      readonly label: string;
      readonly columns: readonly string[];
      readonly rows: readonly (readonly (string | number)[])[];
    }
  | { readonly kind: 'text'; readonly text: string };

/** Severity by what one request would save: the thresholds are those at which users notice a page. */
export function severityOfSaving(savingMs: number | undefined): Severity {
  if (savingMs === undefined) return 'medium';
  if (savingMs >= 10) return 'high';
  return savingMs >= 1 ? 'medium' : 'low';
}
