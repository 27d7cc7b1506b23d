import { probeDatabase } from '../instruments/sql/probe-database.ts';
import { setUpDatabase } from '../instruments/sql/setup-database.ts';
import { placed } from '../model/failure.ts';
import type { Scenario } from '../model/scenario.ts';
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

/**
 * Starts and fills the embedded database, or tries the one that the scenario points at; `undefined` without any.
 *
 * That one is tried at once, since a service which cannot reach it fails in ways that do not name the reason.
 */
export async function openDatabase(
  { database: spec, positions }: Pick<Scenario, 'database' | 'positions'>,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<OpenDatabase | undefined> {
  if (!spec) return undefined;
  if (spec.source.kind === 'url') {
    const { url } = spec.source;
    await probeDatabase(url, signal).catch((error: unknown) => {
      throw placed(error, positions['database.url']);
    });
    return { url, scratch: spec.scratch, close: async () => {} };
  }
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
