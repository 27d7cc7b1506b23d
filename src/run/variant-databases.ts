import { copyDatabase, type DatabaseCopy } from '../instruments/sql/database-copy.ts';
import { Failure } from '../model/failure.ts';
import type { Variant } from '../model/scenario.ts';

/** A copy of the database for each variant. */
export interface VariantCopies {
  urlFor(variant: string): string | undefined;
  drop(): Promise<void>;
}

/** A database that takes longer to copy is none to be measured with copies. */
const atMostMs = 10 * 60_000;

/**
 * Copies the database for each variant, so that what one writes is not there for the other; nobody may be connected.
 *
 * Throws `database-copy`, `interrupted`, and what connecting throws; copies that were made before are then dropped.
 */
export async function copyForVariants(
  url: string,
  variants: readonly Variant[],
  signal: AbortSignal,
): Promise<VariantCopies> {
  const copies = new Map<string, DatabaseCopy>();
  const drop = async () => {
    const results = await Promise.allSettled([...copies.values()].map((copy) => copy.drop()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  };
  try {
    for (const { name } of variants) {
      const prefix = `chokepoint_${name.toLowerCase().replaceAll('-', '_').slice(0, 30)}`;
      const attempt = await copyDatabase(url, signal, { prefix, atMostMs, keepsSettings: true });
      if (attempt.status === 'refused') throw new Failure('database-copy', { reason: attempt.reason });
      copies.set(name, attempt.copy);
    }
  } catch (error) {
    await drop();
    throw error;
  }
  return { urlFor: (variant) => copies.get(variant)?.url, drop };
}
