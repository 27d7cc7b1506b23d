import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AgentEvents, acceptAgent } from './agent-connection.ts';
import { agentSocketVariable } from './agent-protocol.ts';

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, with the terminating zero. */
const maxSocketPathBytes = 100;

interface AgentServer {
  /** What makes every Node process of a service load the agent and find us. */
  readonly env: Readonly<Record<string, string>>;
  /** Agents that are still connected are to be closed before. */
  close(): Promise<void>;
}

export interface AgentOptions {
  /** Where the compiled agent is; by default beside its module. */
  readonly agentUrl?: string;
  /** The NODE_OPTIONS that the service would have had: they are kept, before ours. */
  readonly nodeOptions?: string;
  /** Told of the temporary folder, so that it goes even where `close` is never called; gives what releases it. */
  readonly guardFolder?: (folder: string) => () => void;
}

/** Listens for agents on a Unix socket in a folder that only this user can enter; `close` removes it. */
export async function listenForAgents(
  {
    agentUrl,
    nodeOptions = process.env.NODE_OPTIONS ?? '',
    guardFolder = () => () => undefined,
  }: AgentOptions & { readonly agentUrl: string },
  events: AgentEvents,
): Promise<AgentServer> {
  if (!existsSync(new URL(agentUrl))) throw new Error(`the agent is not built: ${fileURLToPath(agentUrl)}`);
  const parent = Buffer.byteLength(tmpdir()) > maxSocketPathBytes - 32 ? '/tmp' : tmpdir();
  // mkdtemp makes the folder 0700: nobody else can reach the socket in it.
  const folder = await mkdtemp(join(parent, 'chokepoint-'));
  const socketPath = join(folder, 'agent');
  const server = createServer((socket) => acceptAgent(socket, events));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  const release = guardFolder(folder);
  return {
    env: {
      NODE_OPTIONS: [nodeOptions.trim(), `--import=${agentUrl}`].filter(Boolean).join(' '),
      [agentSocketVariable]: socketPath,
    },
    async close() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(folder, { recursive: true, force: true });
      release();
    },
  };
}

/** From the sources (in the tests) the agent is the built one, `folder` below `dist`: a service cannot load TypeScript. */
export function builtAgentUrl(moduleUrl: string, folder: string, name: string): string {
  const up = '../'.repeat(folder.split('/').length + 1);
  return new URL(moduleUrl.endsWith('.js') ? `./${name}.js` : `${up}dist/${folder}/${name}.js`, moduleUrl).href;
}
