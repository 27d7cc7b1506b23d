import type { AuditText } from '../model/audit.ts';
import type { Run } from '../model/run.ts';

/** An audit without a result, the reason, and the variants in which it was so. */
export interface AuditWithoutResult {
  readonly id: string;
  readonly status: 'skipped' | 'inconclusive' | 'errored';
  readonly reason: string;
  readonly variants: readonly string[];
}

export interface AuditResults {
  /** Passed in every variant. */
  readonly passed: readonly AuditText[];
  readonly withoutResult: readonly AuditWithoutResult[];
}

/** What became of the audits that found nothing; equal reasons in several variants are one entry. */
export function auditResults(run: Run): AuditResults {
  const variants = Object.entries(run.variants);
  const passed = run.audits.filter(
    ({ id }) => variants.length > 0 && variants.every(([, { outcomes }]) => outcomes[id]?.status === 'pass'),
  );
  const withoutResult = new Map<string, AuditWithoutResult>();
  for (const [variant, { outcomes }] of variants) {
    for (const [id, outcome] of Object.entries(outcomes)) {
      if (outcome.status === 'pass' || outcome.status === 'fail') continue;
      const reason = outcome.status === 'errored' ? outcome.error : outcome.reason;
      const key = JSON.stringify([id, outcome.status, reason]);
      const known = withoutResult.get(key)?.variants ?? [];
      withoutResult.set(key, { id, status: outcome.status, reason, variants: [...known, variant] });
    }
  }
  return { passed, withoutResult: [...withoutResult.values()] };
}

/** ` (before)` where an audit had no result in some variants only; nothing where it holds for all. */
export function inVariants(run: Run, { variants }: AuditWithoutResult): string {
  return variants.length === Object.keys(run.variants).length ? '' : ` (${variants.join(', ')})`;
}
