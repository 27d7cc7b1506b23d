import { restoreSettings } from '../instruments/sql/log-everything.ts';
import { probeDatabase } from '../instruments/sql/probe-database.ts';
import { setUpDatabase } from '../instruments/sql/setup-database.ts';
import { placed } from '../model/failure.ts';
import type { DatabaseSpec, Scenario } from '../model/scenario.ts';
import { startEmbeddedPostgres } from '../target/embedded-postgres.ts';
import type { OnProgress } from './progress.ts';
import { settingJournal } from './setting-journal-folder.ts';
import { copyForVariants, type VariantCopies } from './variant-databases.ts';

/** The database of a run. */
export interface OpenDatabase {
  /** Connection string of the one that the scenario names. */
  readonly url: string;
  /** Connection string for the service and for EXPLAIN, as this variant has it. */
  urlFor(variant: string): string;
  /** Whether copies of it may be made and altered. */
  readonly scratch: boolean;
  close(): Promise<void>;
}

type Named = Pick<Scenario, 'database' | 'variants' | 'positions'>;

/**
 * Starts and fills the embedded database, or tries the one that the scenario points at; `undefined` without any.
 *
 * That one is tried at once, since a service which cannot reach it fails in ways that do not name the reason. Where the
 * variants are isolated their copies are made here, before any service connects, and dropped when it is closed.
 */
export async function openDatabase(
  scenario: Named,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<OpenDatabase | undefined> {
  const spec = scenario.database;
  if (!spec) return undefined;
  const source = await openSource(spec, scenario, signal, onProgress);
  try {
    const copies = spec.isolate ? await copiesOf(source.url, scenario, signal, onProgress) : undefined;
    return {
      url: source.url,
      urlFor: (variant) => copies?.urlFor(variant) ?? source.url,
      scratch: spec.scratch,
      async close() {
        try {
          await copies?.drop();
        } finally {
          await source.close();
        }
      },
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

function copiesOf(
  url: string,
  { variants, positions }: Named,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<VariantCopies> {
  onProgress({ pass: 'database', text: 'copying the database for each variant' });
  return copyForVariants(url, variants, signal).catch((error: unknown) => {
    throw placed(error, positions['database.isolate']);
  });
}

async function openSource(
  { source }: DatabaseSpec,
  { positions }: Named,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Pick<OpenDatabase, 'url' | 'close'>> {
  if (source.kind === 'url') {
    await probeDatabase(source.url, signal).catch((error: unknown) => {
      throw placed(error, positions['database.url']);
    });
    const restored = await restoreSettings(source.url, settingJournal());
    if (restored.length > 0) {
      onProgress({ pass: 'database', text: `put back what an earlier run had left changed: ${restored.join(', ')}` });
    }
    return { url: source.url, close: async () => {} };
  }
  onProgress({ pass: 'database', text: 'starting the embedded PostgreSQL' });
  const server = await startEmbeddedPostgres(signal);
  try {
    const url = server.urlOf('app');
    onProgress({ pass: 'database', text: 'filling the database' });
    await setUpDatabase(server.adminUrl, url, source.setup, signal);
    return { url, close: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
