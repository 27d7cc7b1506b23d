import type { AuditText } from '../model/audit.ts';
import type { Run } from '../model/run.ts';

/** Audits without a result for one reason, and the variants in which it was so. */
export interface AuditsWithoutResult {
  readonly ids: readonly string[];
  readonly status: 'skipped' | 'inconclusive' | 'errored';
  readonly reason: string;
  readonly variants: readonly string[];
}

export interface AuditResults {
  /** Passed in every variant. */
  readonly passed: readonly AuditText[];
  readonly withoutResult: readonly AuditsWithoutResult[];
}

/** What became of the audits that found nothing; those without a result for the same reason are one entry. */
export function auditResults(run: Run): AuditResults {
  const variants = Object.entries(run.variants);
  const passed = run.audits.filter(
    ({ id }) => variants.length > 0 && variants.every(([, { outcomes }]) => outcomes[id]?.status === 'pass'),
  );
  const single = variants.flatMap(([variant, { outcomes }]) =>
    Object.entries(outcomes).flatMap(([id, outcome]): readonly AuditsWithoutResult[] => {
      const { status } = outcome;
      if (status === 'pass' || status === 'fail') return [];
      return [
        { ids: [id], status, reason: status === 'errored' ? outcome.error : outcome.reason, variants: [variant] },
      ];
    }),
  );
  const byAudit = mergeAlike(
    single,
    ({ ids, status, reason }) => [ids, status, reason],
    (entry, alike) => ({ ...entry, variants: [...entry.variants, ...alike.variants] }),
  );
  const withoutResult = mergeAlike(
    byAudit,
    (entry) => [entry.status, entry.reason, entry.variants],
    (entry, alike) => ({ ...entry, ids: [...entry.ids, ...alike.ids] }),
  );
  return { passed, withoutResult };
}

/** Entries with an equal key as one, in the order of the first of each. */
function mergeAlike<T>(entries: readonly T[], keyOf: (entry: T) => unknown, merge: (entry: T, alike: T) => T): T[] {
  const merged = new Map<string, T>();
  for (const entry of entries) {
    const key = JSON.stringify(keyOf(entry));
    const known = merged.get(key);
    merged.set(key, known === undefined ? entry : merge(known, entry));
  }
  return [...merged.values()];
}

/** ` (before)` where audits had no result in some variants only; nothing where it holds for all. */
export function inVariants(run: Run, { variants }: AuditsWithoutResult): string {
  return variants.length === Object.keys(run.variants).length ? '' : ` (${variants.join(', ')})`;
}
