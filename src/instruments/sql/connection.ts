import { Socket } from 'node:net';
import pg from 'pg';
import { Failure, throwIfAborted } from '../../model/failure.ts';

/** Marks every statement that we send, so that no observer takes it for one of the service's. */
const tag = '/* chokepoint */';

/** A row's values as the server wrote them, `null` for NULL. */
export type TextRow = readonly (string | null)[];

/** A statement and what is bound to its `$n`: text values, and type oids where they are known (0: left to the server). */
export interface BoundStatement {
  readonly sql: string;
  readonly values: readonly (string | null)[];
  readonly types: readonly number[];
}

/** What becomes of the rows of a statement that is timed. */
export type RowUse = 'dropped' | 'objects' | 'json';

/** One session of our own. A statement that the server refuses rejects with `pg.DatabaseError`. */
export interface Connection {
  /** Runs one statement (several in one text are refused by the protocol) and gives its rows. */
  run(sql: string, values?: readonly (string | null)[], types?: readonly number[]): Promise<readonly TextRow[]>;
  /**
   * Runs it, and gives the time in milliseconds from sending it until all rows are dealt with: dropped as they come, or
   * as a service of Node would, made into objects, and these into a JSON text.
   */
  time(statement: BoundStatement, rows?: RowUse): Promise<number>;
  close(): Promise<void>;
}

/** How long a server that was asked to stop or to say goodbye may take before its connection is cut. */
const graceMs = 3_000;

/** A client of `pg` and the socket under it, which ends also where the server does not answer any more. */
interface OpenClient {
  readonly client: pg.Client;
  readonly socket: Socket;
}

interface ExtendedQuery extends pg.QueryConfig<(string | null)[]> {
  readonly queryMode: 'extended';
  readonly rowMode: 'array';
}

/**
 * Opens a session; when `signal` aborts, its running statement is cancelled on the server, and a server that does not
 * heed that is left.
 *
 * Throws `database-refused`, `database-login`, `database-rights`, `interrupted`, or `usage` for a malformed url.
 */
export async function connect(url: string, signal: AbortSignal): Promise<Connection> {
  throwIfAborted(signal);
  const open = createClient(url);
  const { client, socket } = open;
  let lost: unknown;
  client.on('error', (error) => {
    lost = error;
  });
  const cut = () => void socket.destroy();
  signal.addEventListener('abort', cut, { once: true });
  try {
    await client.connect();
  } catch (error) {
    // A client that gives up the login keeps its socket open, and the server a process that waits for the password.
    await end(open);
    throwIfAborted(signal);
    throw connectionFailure(error, client);
  } finally {
    signal.removeEventListener('abort', cut);
  }
  const stopCancelling = cancelOnAbort(url, open, signal);

  const guarded = async <T>(send: () => Promise<T>): Promise<T> => {
    throwIfAborted(signal);
    try {
      return await send();
    } catch (error) {
      throwIfAborted(signal);
      if (isStatementError(error)) throw error;
      throw connectionFailure(lost ?? error, client);
    }
  };

  return {
    run: (sql, values = [], types = []) =>
      guarded(async () => (await client.query<(string | null)[]>(extended({ sql, values, types }))).rows),
    time: (statement, rows = 'dropped') =>
      guarded(() => (rows === 'dropped' ? drain(client, statement) : timeRead(client, statement, rows))),
    close: async () => {
      stopCancelling();
      await end(open);
    },
  };
}

/** Opens a session for `work` and closes it in any case. */
export async function withConnection<T>(
  url: string,
  signal: AbortSignal,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(url, signal);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** SQLSTATE of an error that the server reported, else `undefined`. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** Says why the server refused a statement, without the values that its messages quote. */
export function describeRefusal(error: unknown): string {
  const state = sqlState(error);
  if (state === undefined) throw error;
  // Data exceptions, constraint violations, syntax errors and what PL/pgSQL raises repeat values or literals.
  if (/^2[23]|^42601$|^P0/.test(state)) return `the server refused it (SQLSTATE ${state})`;
  return `the server refused it: ${(error as Error).message} (SQLSTATE ${state})`;
}

function createClient(url: string): OpenClient {
  const socket = new Socket();
  try {
    const client = new pg.Client({
      connectionString: new URL(url).href,
      fallback_application_name: 'chokepoint',
      connectionTimeoutMillis: 10_000,
      stream: () => socket,
    });
    return { client, socket };
  } catch (error) {
    // Without its cause: that quotes the url, and with it the password.
    const { path } = error as { readonly path?: string };
    throw path === undefined
      ? new Failure('usage', {
          detail: 'the database url is not a url',
          hint: 'write postgres://user:password@host:port/database',
        })
      : new Failure('usage', {
          detail: `the database url names a file that cannot be read: ${path}`,
          hint: 'sslcert, sslkey and sslrootcert are paths on this machine',
        });
  }
}

async function end({ client, socket }: OpenClient): Promise<void> {
  const timer = setTimeout(() => socket.destroy(), graceMs);
  try {
    await client.end();
  } finally {
    clearTimeout(timer);
  }
}

function extended({ sql, values, types }: BoundStatement): ExtendedQuery {
  return {
    text: `${tag} ${sql}`,
    values: [...values],
    // pg hands `types` to Parse as the list of type oids, and asks the same object for the parsers of the result:
    // https://github.com/brianc/node-postgres/blob/master/packages/pg/lib/query.js
    types: Object.assign([...types], { getTypeParser: () => (text: string) => text }) as pg.CustomTypesConfig,
    queryMode: 'extended',
    rowMode: 'array',
  };
}

function drain(client: pg.Client, statement: BoundStatement): Promise<number> {
  return new Promise((resolve, reject) => {
    const query = new pg.Query<(string | null)[]>(extended(statement));
    const startedAt = performance.now();
    // With a listener for rows, pg keeps none of them.
    query.on('row', () => undefined);
    query.on('error', reject);
    query.on('end', () => resolve(performance.now() - startedAt));
    client.query(query);
  });
}

async function timeRead(
  client: pg.Client,
  { sql, values, types }: BoundStatement,
  rows: Exclude<RowUse, 'dropped'>,
): Promise<number> {
  const { text, queryMode } = extended({ sql, values, types });
  // The types of the values are given; those of the result are pg's own, as in most services.
  const resultTypes = Object.assign([...types], { getTypeParser: pg.types.getTypeParser }) as pg.CustomTypesConfig;
  const startedAt = performance.now();
  const result = await client.query({ text, values: [...values], types: resultTypes, queryMode } as pg.QueryConfig);
  if (rows === 'json') JSON.stringify(result.rows);
  return performance.now() - startedAt;
}

function cancelOnAbort(url: string, { client, socket }: OpenClient, signal: AbortSignal): () => void {
  const cancel = async () => {
    const other = createClient(url);
    // A connection that ends makes `connect` and `query` reject, and `pg` throws where nobody listens besides.
    other.client.on('error', () => other.socket.destroy());
    const cut = () => {
      socket.destroy();
      other.socket.destroy();
    };
    // Sockets that have ended by then are not touched by it.
    setTimeout(cut, graceMs).unref();
    try {
      await other.client.connect();
      await other.client.query(`${tag} SELECT pg_cancel_backend($1)`, [backendPid(client)]);
    } finally {
      await end(other);
    }
  };
  // Where the cancellation cannot be sent, ending the session at least makes us stop waiting for it.
  const onAbort = () => void cancel().catch(() => socket.destroy());
  signal.addEventListener('abort', onAbort, { once: true });
  return () => signal.removeEventListener('abort', onAbort);
}

function backendPid(client: pg.Client): number {
  return (client as pg.Client & { readonly processID: number }).processID;
}

// 57P01…57P03: the server is shutting down, has crashed or is starting; the session is gone with any of them.
function isStatementError(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && !/^57P0[123]$/.test(state);
}

// Where several addresses were tried, Node's error has a code but no message.
function connectionFailure(error: unknown, { host, port }: pg.Client): Failure {
  const place = `${host}:${port}`;
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const reason = message || code;
  if (code === '42501')
    return new Failure('database-rights', { what: `connect to ${place}`, reason }, { cause: error });
  // 28…: authorization; 3D000: no such database; SASL without a code: a password is wanted and none was given.
  if (/^28|^3D000$/.test(code) || message.startsWith('SASL')) {
    return new Failure('database-login', { host: place, reason }, { cause: error });
  }
  return new Failure('database-refused', { host: place, reason }, { cause: error });
}
