import type { VariantRun } from '../model/run.ts';

const missing = { status: 'missing', reason: '' } as const;

/** A variant of which nothing is kept but what is given. */
export function bareVariant(more: Partial<Pick<VariantRun, 'metrics' | 'outcomes'>> = {}): VariantRun {
  return {
    metrics: [],
    outcomes: {},
    artifacts: {
      load: missing,
      profile: missing,
      queries: missing,
      plans: missing,
      runtime: missing,
      http: missing,
    },
    ...more,
  };
}
