import { setUpDatabase } from '../instruments/sql/setup-database.ts';
import type { DatabaseSpec } from '../model/scenario.ts';
import { startEmbeddedPostgres } from '../target/embedded-postgres.ts';
import type { OnProgress } from './progress.ts';

/** The database of a run. */
export interface OpenDatabase {
  /** Connection string for the service and for EXPLAIN. */
  readonly url: string;
  /** Whether copies of it may be made and altered. */
  readonly scratch: boolean;
  close(): Promise<void>;
}

/** Starts and fills the embedded database, or names the one that the scenario points at. */
export async function openDatabase(
  spec: DatabaseSpec,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<OpenDatabase> {
  if (spec.source.kind === 'url') return { url: spec.source.url, scratch: spec.scratch, close: async () => {} };
  onProgress({ pass: 'database', text: 'starting the embedded PostgreSQL' });
  const server = await startEmbeddedPostgres(signal);
  try {
    const url = server.urlOf('app');
    onProgress({ pass: 'database', text: 'filling the database' });
    await setUpDatabase(server.adminUrl, url, spec.source.setup, signal);
    return { url, scratch: spec.scratch, close: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
