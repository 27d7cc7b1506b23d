import { connect, createServer } from 'node:net';

/** A TCP port of the loopback interface that nothing listens on; another process may take it before the caller does. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Whether something accepts connections at `host:port`, and why not. */
export function probePort(host: string, port: number, timeoutMs = 2000): Promise<{ open: boolean; reason: string }> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (open: boolean, reason: string) => {
      socket.destroy();
      resolve({ open, reason });
    };
    socket.setTimeout(timeoutMs, () => end(false, 'no answer'));
    socket.once('connect', () => end(true, 'connected'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(false, error.code ?? error.message));
  });
}
