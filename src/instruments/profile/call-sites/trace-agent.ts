/**
 * Loaded into the service by `NODE_OPTIONS=--import=…` in the trace pass; notes which line sends which statement.
 *
 * It is a guest: it imports nothing but Node, prints nothing, throws nothing into the service and keeps no process
 * alive. It changes the prototypes of the drivers that the service loads, which costs a stack for each statement.
 */
import { createConnection } from 'node:net';
import { threadId } from 'node:worker_threads';
import type { AgentCalls, AgentCommand, AgentMessage } from '../agent-protocol.ts';
import { beginTurn, type CalledFrame } from './capture-stack.ts';
import { type DriverCall, hookDriver } from './driver-hooks.ts';
import { onModuleLoad } from './module-hooks.ts';

/** More than a request sends that anybody would want to read about; what comes behind is not noted. */
const mostCalls = 20_000;
/** Longer texts are told apart by their beginning. */
const mostText = 100_000;

const socketPath = process.env.CHOKEPOINT_AGENT_SOCKET;
if (socketPath) serve(socketPath);

function serve(path: string): void {
  const socket = createConnection(path);
  socket.unref();
  socket.setEncoding('utf8');
  const frames = createFrameTable();
  const toldMaps = new Set<string>();
  let calls: DriverCall[] = [];
  let lost = 0;
  let unread = '';

  onModuleLoad((file, exports) =>
    hookDriver(file, exports, (call) => {
      if (socket.destroyed) return;
      if (calls.length < mostCalls) calls.push(call);
      else lost += 1;
    }),
  );

  const send = (message: AgentMessage) => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
  };
  const take = async (isRequest: boolean): Promise<AgentCalls> => {
    const taken = calls;
    beginTurn(isRequest);
    const reply = { type: 'calls', lost } as const;
    calls = [];
    lost = 0;
    const certain = certainCauses(taken);
    const statements = taken.map(({ sql, stack, backendPid }) => {
      const pid = backendPid();
      const cause = stack.cause && certain.has(keyOf(stack.cause)) ? [stack.cause] : [];
      return {
        sql: sql.slice(0, mostText),
        stack: [...stack.frames, ...cause].map(frames.idOf),
        ...(typeof pid === 'number' && { backendPid: pid }),
      };
    });
    const added = frames.takeNew();
    const unseen = new Set(added.map(({ url }) => url).filter((url) => !toldMaps.has(url)));
    for (const url of unseen) toldMaps.add(url);
    return { ...reply, statements, frames: added, sourceMapUrls: unseen.size > 0 ? await sourceMapsOf(unseen) : {} };
  };

  const obey = async (line: string) => {
    const command = JSON.parse(line) as AgentCommand;
    if (command.type === 'take') send(await take(command.isRequest));
  };

  // The tool may be gone before the service is: that is no concern of the service.
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const lines = (unread + chunk).split('\n');
    unread = lines.pop() ?? '';
    for (const line of lines) obey(line).catch((error: unknown) => send({ type: 'failed', reason: String(error) }));
  });
  send({ type: 'hello', pid: process.pid, threadId, agentUrl: import.meta.url });
}

/**
 * The lines for which one kind of statement was sent. Several lines that ask a loader in one tick, or fill a queue, are
 * all known by the first of them: with several statements it is not certain whose each is.
 */
function certainCauses(calls: readonly DriverCall[]): ReadonlySet<string> {
  const texts = new Map<string, Set<string>>();
  for (const { sql, stack } of calls) {
    if (!stack.cause) continue;
    const key = keyOf(stack.cause);
    texts.set(key, (texts.get(key) ?? new Set()).add(sql));
  }
  return new Set([...texts].flatMap(([key, { size }]) => (size === 1 ? [key] : [])));
}

const keyOf = ({ line, column, name, url }: CalledFrame) => `${line}:${column}:${name}:${url}`;

/** Each frame is told once, and known by its number from then on. */
function createFrameTable() {
  const ids = new Map<string, number>();
  let added: CalledFrame[] = [];
  return {
    idOf(frame: CalledFrame): number {
      const key = keyOf(frame);
      const known = ids.get(key);
      if (known !== undefined) return known;
      const id = ids.size;
      ids.set(key, id);
      added.push(frame);
      return id;
    },
    takeNew(): readonly CalledFrame[] {
      const taken = added;
      added = [];
      return taken;
    },
  };
}

/** The source maps that scripts name: V8 tells of all scripts to whoever enables its debugger, for a moment. */
async function sourceMapsOf(wanted: ReadonlySet<string>): Promise<Readonly<Record<string, string>>> {
  const { Session } = await import('node:inspector');
  const session = new Session();
  session.connect();
  const found: Record<string, string> = {};
  session.on('Debugger.scriptParsed', ({ params: { url, sourceMapURL } }) => {
    if (sourceMapURL && wanted.has(url)) found[url] = sourceMapURL;
  });
  const post = (method: string) => new Promise<void>((resolve) => session.post(method, () => resolve()));
  // Both in the same turn, so that no code of the service ever runs under the debugger.
  await Promise.all([post('Debugger.enable'), post('Debugger.disable')]);
  session.disconnect();
  return found;
}
