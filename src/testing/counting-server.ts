import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { afterEach } from 'vitest';

export interface CountingServer {
  readonly url: string;
  /** Of every request, in the order in which they came. */
  readonly paths: readonly string[];
  /** When each request came, by `performance.now()`. */
  readonly arrivals: readonly number[];
  /** Accepted so far. */
  connections(): number;
  close(): void;
}

/** Gives a function that starts healthy servers, all of which are closed after each test. */
export function countingServers(): (respond?: http.RequestListener) => Promise<CountingServer> {
  const servers: CountingServer[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  return async (respond) => {
    const server = await startServer(respond);
    servers.push(server);
    return server;
  };
}

async function startServer(
  respond: http.RequestListener = (_, response) => response.end('ok'),
): Promise<CountingServer> {
  const paths: string[] = [];
  const arrivals: number[] = [];
  let connections = 0;
  const server = http.createServer((incoming, response) => {
    paths.push(incoming.url ?? '');
    arrivals.push(performance.now());
    respond(incoming, response);
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    paths,
    arrivals,
    connections: () => connections,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
