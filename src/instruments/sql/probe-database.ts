import { connect } from './connection.ts';

/** What the explain pass may do on a database. */
export interface DatabaseRights {
  readonly version: string;
  readonly user: string;
  readonly canCreateDatabase: boolean;
}

/** Connects and asks for the rights that index trials need; throws the failures of `connect`. */
export async function probeDatabase(url: string, signal: AbortSignal): Promise<DatabaseRights> {
  const connection = await connect(url, signal);
  try {
    const [row] = await connection.run(
      `SELECT current_setting('server_version'), current_user::text, (rolcreatedb OR rolsuper)::text
       FROM pg_roles WHERE rolname = current_user`,
    );
    return { version: row?.[0] ?? 'unknown', user: row?.[1] ?? 'unknown', canCreateDatabase: row?.[2] === 'true' };
  } finally {
    await connection.close();
  }
}
