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

/** A TCP port, or the path of a Unix socket. */
type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/** Where a service with this url listens; `socketPath` goes before the url's host and port. */
export function addressOf(url: string, socketPath: string | undefined): Address {
  if (socketPath !== undefined) return { path: socketPath };
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) };
}

/** Whether something accepts connections there, and why not. */
export function probeAddress(address: Address, timeoutMs = 2000): Promise<{ open: boolean; reason: string }> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const end = (open: boolean, reason: string) => {
      socket.destroy();
      resolve({ open, reason });
    };
    socket.setTimeout(timeoutMs, () => end(false, 'no answer'));
    socket.once('connect', () => end(true, 'connected'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(false, error.code ?? error.message));
  });
}
