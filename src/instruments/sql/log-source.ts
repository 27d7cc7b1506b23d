import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, throwIfAborted } from '../../model/failure.ts';
import type { Execution } from '../../model/queries.ts';
import type { LoggedStatement } from '../../model/query-log.ts';
import { attributeRequests, carriesTraces, type RecordedRequest } from './attribute-requests.ts';
import { readQueryLog } from './log/read-log.ts';
import { literalsOf } from './normalized-text.ts';
import type { ServerLog } from './server-log.ts';
import { loadParser } from './statement.ts';
import { createStatementCatalogue } from './statement-catalogue.ts';
import type { StatementSource } from './statement-source.ts';
import { placeInTags, statementTags } from './statement-tags.ts';

/** The server hands its lines to another process, which writes them: this is long beside that. */
const quietMs = 60;
/** Others may use the server without pause; what they run is then attributed by time. */
const maxWaitMs = 2_000;

/** What a server logs of single requests, in this database: text, values and time, but no results. */
export async function createLogSource(log: ServerLog): Promise<StatementSource> {
  await loadParser();
  const catalogue = createStatementCatalogue();
  const recorded: RecordedRequest[] = [];
  const sessions = new Map<string, number>();
  let heard = 0;
  await log.readNew().catch(async (error: unknown) => {
    await log.close();
    throw error;
  });

  let unfinished: Buffer = Buffer.alloc(0);
  const newLines = async (): Promise<Buffer> => {
    const bytes = Buffer.concat([unfinished, await log.readNew()]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    unfinished = bytes.subarray(end);
    return bytes.subarray(0, end);
  };
  const theirs = async (lines: Buffer): Promise<readonly LoggedStatement[]> => {
    const statements = await statementsIn(lines);
    return statements.filter(({ sql, database }) => !isOurs(sql) && (database ?? log.database) === log.database);
  };
  const settled = async (signal: AbortSignal): Promise<readonly LoggedStatement[]> => {
    const parts: Buffer[] = [];
    const deadline = performance.now() + maxWaitMs;
    for (let isQuiet = false; !isQuiet && performance.now() < deadline; ) {
      throwIfAborted(signal);
      await sleep(quietMs);
      const lines = await newLines();
      parts.push(lines);
      isQuiet = (await theirs(lines)).length === 0;
    }
    return theirs(Buffer.concat(parts));
  };
  const numberOf = (session: string): number => {
    const number = sessions.get(session) ?? sessions.size;
    sessions.set(session, number);
    return number;
  };

  return {
    name: 'server-log',
    async record(meta, send, signal) {
      const before = await theirs(await newLines());
      if (recorded.length > 0) heard += before.length;
      const traceId = randomBytes(16).toString('hex');
      const sentAt = Date.now() + log.aheadMs;
      const startedAt = performance.now();
      const { status } = await send(`00-${traceId}-${randomBytes(8).toString('hex')}-01`);
      const durationMs = performance.now() - startedAt;
      const statements = await settled(signal);
      heard += statements.length;
      recorded.push({
        request: { ...meta, status, durationMs },
        traceId,
        executions: inOrder(
          statements.map((statement) =>
            toExecution(statement, catalogue.idOf(statement.sql), numberOf(statement.session), sentAt),
          ),
        ).map((execution) => ({ execution })),
      });
    },
    artifact() {
      const requests = attributeRequests(recorded);
      const attributed = requests.reduce((sum, { executions }) => sum + executions.length, 0);
      return {
        source: 'server-log',
        statements: catalogue.statements(),
        requests,
        coverage: {
          connections: sessions.size,
          executions: heard,
          unattributed: heard - attributed,
          attribution: carriesTraces(recorded) ? 'traceparent' : 'time',
          ...(log.sampledShare !== undefined && { sampledShare: log.sampledShare }),
        },
      };
    },
    close: () => log.close(),
  };
}

const isOurs = (sql: string) => sql.trimStart().startsWith('/* chokepoint */');

/** A stretch without any statement, or without any line, is nothing that could be wrong with it. */
async function statementsIn(bytes: Buffer): Promise<readonly LoggedStatement[]> {
  const statements: LoggedStatement[] = [];
  try {
    for await (const statement of readQueryLog(once(bytes), { path: 'the log of the server' }))
      statements.push(statement);
  } catch (error) {
    if (!(error instanceof Failure) || (error.code !== 'log-empty' && error.code !== 'log-unrecognised')) throw error;
  }
  return statements;
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/**
 * By their start. The statements of a session come one after the other and are logged in that order, while a log tells
 * whole milliseconds: by its times alone, two of the same millisecond could change places, or run at once.
 */
function inOrder(executions: readonly Execution[]): readonly Execution[] {
  const endOf = new Map<number, number>();
  return executions
    .map((execution) => {
      const startMs = Math.max(execution.startMs, endOf.get(execution.connection) ?? 0);
      endOf.set(execution.connection, startMs + execution.durationMs);
      return { ...execution, startMs };
    })
    .toSorted((a, b) => a.startMs - b.startMs);
}

/** The log is written when a statement has ended. It does not tell the result: no rows and no bytes are known. */
function toExecution(logged: LoggedStatement, statement: number, connection: number, sentAt: number): Execution {
  const { sql, parameters = [], durationMs = 0, timestamp, error } = logged;
  const literals = literalsOf(sql);
  const tags = statementTags(sql);
  const place = tags && placeInTags(tags);
  return {
    statement,
    connection,
    startMs: timestamp === undefined ? 0 : Math.max(0, timestamp - durationMs - sentAt),
    durationMs,
    parameters,
    ...(literals.length > 0 && { literals }),
    parameterTypes: [],
    rows: 0,
    bytes: 0,
    columns: [],
    resultHash: '',
    ...(error !== undefined && { error }),
    inTransaction: false,
    ...(tags && { tags }),
    ...(place && { place }),
  };
}
