import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../target/embedded-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser connection string of the PostgreSQL server that all test files share. */
    readonly adminUrl: string;
  }
}

/** Starts one real PostgreSQL for the whole test run; each test makes databases of its own on it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startEmbeddedPostgres(new AbortController().signal);
  project.provide('adminUrl', server.adminUrl);
  return () => server.stop();
}
