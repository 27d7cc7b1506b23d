import { connect } from './connection.ts';

/** Sessions of others in one database at one moment. */
export interface SessionCounts {
  readonly connected: number;
  readonly active: number;
  /** Active, and waiting for a lock that another session holds. */
  readonly waitingForLocks: number;
}

/** Watches who uses a database, through a session of its own. */
export interface SessionWatch {
  sample(): Promise<SessionCounts>;
  /** Process id of our session, as the server's machine counts. */
  readonly backendPid: number;
  close(): Promise<void>;
}

/** Of other users' sessions PostgreSQL tells the state only to members of pg_read_all_stats; the service's user is ours. */
const sessions = `
  SELECT count(*), count(*) FILTER (WHERE state = 'active'),
         count(*) FILTER (WHERE state = 'active' AND wait_event_type = 'Lock')
  FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;

/** Throws the failures of `connect`. */
export async function watchSessions(url: string, signal: AbortSignal): Promise<SessionWatch> {
  const connection = await connect(url, signal);
  const [row] = await connection.run('SELECT pg_backend_pid()');
  return {
    backendPid: Number(row?.[0]),
    async sample() {
      const [counts = []] = await connection.run(sessions);
      const [connected = 0, active = 0, waitingForLocks = 0] = counts.map(Number);
      return { connected, active, waitingForLocks };
    },
    close: () => connection.close(),
  };
}
