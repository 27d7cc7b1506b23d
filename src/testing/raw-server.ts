import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  /** The whole head as it came, with its line ends. */
  readonly head: string;
  readonly body: string;
}

export interface RawServer {
  readonly url: string;
  /** Every request so far, in the order in which they came. */
  readonly requests: readonly RawRequest[];
  /** Connections accepted so far. */
  accepted(): number;
  /** The connections that are open. */
  readonly sockets: ReadonlySet<net.Socket>;
  close(): Promise<void>;
}

/** A server on which a test writes the bytes of each response itself, so that it can do what no HTTP server would. */
export async function startRawServer(
  respond: (socket: net.Socket, request: RawRequest) => void,
  options: {
    readonly tls?: tls.TlsOptions;
    /** To listen at this Unix socket in place of a port. */
    readonly socketPath?: string;
    readonly onConnection?: (socket: net.Socket) => void;
  } = {},
): Promise<RawServer> {
  const sockets = new Set<net.Socket>();
  const requests: RawRequest[] = [];
  let accepted = 0;

  function onConnection(socket: net.Socket): void {
    accepted += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // What the client does to a connection is the client's affair.
    socket.on('error', () => socket.destroy());
    let unread = '';
    socket.on('data', (chunk) => {
      unread += chunk.toString('latin1');
      for (let request = takeRequest(); request; request = takeRequest()) {
        requests.push(request);
        respond(socket, request);
      }
    });
    function takeRequest(): RawRequest | undefined {
      const end = unread.indexOf('\r\n\r\n');
      if (end === -1) return undefined;
      const head = unread.slice(0, end + 4);
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
      if (unread.length < head.length + length) return undefined;
      const body = Buffer.from(unread.slice(head.length, head.length + length), 'latin1').toString();
      unread = unread.slice(head.length + length);
      const [method = '', path = ''] = head.split(' ');
      return { method, path, head, body };
    }
    options.onConnection?.(socket);
  }

  const server = options.tls ? tls.createServer(options.tls, onConnection) : net.createServer(onConnection);
  if (options.socketPath === undefined) server.listen(0, '127.0.0.1');
  else server.listen(options.socketPath);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? `:${address.port}` : '';
  return {
    url: options.tls ? `https://localhost${port}` : `http://127.0.0.1${port}`,
    requests,
    accepted: () => accepted,
    sockets,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
