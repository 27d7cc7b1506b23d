import { entry } from './failure-entry.ts';

/** What can happen between us and a database. */
export const databaseFailures = {
  'database-refused': entry<{ host: string; reason: string }>('failed', ({ host, reason }) => ({
    message: `the database at ${host} refuses the connection: ${reason}`,
    hint: 'is it running, and are host and port of database.url right?',
  })),
  'database-login': entry<{ host: string; reason: string }>('failed', ({ host, reason }) => ({
    message: `the database at ${host} does not let us in: ${reason}`,
    hint: 'check the user, the password and the database name in database.url',
  })),
  'database-rights': entry<{ what: string; reason: string }>('failed', ({ what, reason }) => ({
    message: `the database user may not ${what}: ${reason}`,
    hint: 'grant it, or use another user in database.url',
  })),
  'database-copy': entry<{ reason: string }>('failed', ({ reason }) => ({
    message: `the variants cannot be given copies of the database: ${reason}`,
    hint: 'mend that, or leave out database.isolate: the variants then share the database',
  })),
  'database-settings': entry<{ sql: string; reason: string }>('failed', ({ sql, reason }) => ({
    message: `the database's settings, which were changed for the trace, could not be put back: ${reason}`,
    hint: `the next start tries again; or run this on the server: ${sql}`,
  })),
  'database-setup': entry<{ file: string; reason: string }>('failed', ({ file, reason }) => ({
    message: `the setup script ${file} failed: ${reason}`,
    hint: 'run it with psql against an empty database to see the whole error',
  })),
  'embedded-postgres-missing': entry<{ platform: string }>('failed', ({ platform }) => ({
    message: `there is no embedded PostgreSQL for ${platform}`,
    hint: 'install without --omit=optional, or give database.url of a server of your own',
  })),
  'embedded-postgres-failed': entry<{ step: string; output: string }>('failed', ({ step, output }) => ({
    message: `the embedded PostgreSQL did not start (${step})${output}`,
    hint: 'the temporary folder needs 1 GB and must let other users in; give database.url of a server of your own',
  })),
} as const;
