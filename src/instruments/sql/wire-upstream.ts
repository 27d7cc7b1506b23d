import net from 'node:net';
import tls from 'node:tls';
import { WireError } from './wire-messages.ts';

/** Where the database is. */
export interface Upstream {
  /** A name, an address, or the absolute path of the folder that holds the server's Unix socket. */
  readonly host: string;
  readonly port: number;
  /** Encrypt the way to the server. */
  readonly tls?: boolean;
  /** With `tls`: refuse a certificate that is not trusted or not of `host`, as `sslmode=verify-full` does. */
  readonly verify?: boolean;
  /** With `tls`: PEM texts of the authority to trust, and of the client's own certificate and key. */
  readonly identity?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** Opens a connection to the server, encrypted if asked for; rejects with the socket's error, or once `signal` aborts. */
export async function connectUpstream(upstream: Upstream, signal: AbortSignal): Promise<net.Socket> {
  const { host, port } = upstream;
  const place = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  const socket = await opened(net.connect({ ...place, noDelay: true, signal }), 'connect');
  if (!upstream.tls) return socket;
  if (!(await acceptsTls(socket))) {
    socket.destroy();
    throw new WireError('the server does not speak TLS');
  }
  const servername = net.isIP(upstream.host) === 0 ? upstream.host : '';
  const rejectUnauthorized = upstream.verify === true;
  return opened(tls.connect({ ...upstream.identity, socket, servername, rejectUnauthorized }), 'secureConnect');
}

function acceptsTls(socket: net.Socket): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const answer = (bytes: Buffer | undefined): void => {
      socket.off('data', answer).off('error', reject).off('end', ended).pause();
      // Bytes behind the answer would have been sent in the clear: CVE-2021-23222.
      resolve(bytes?.length === 1 && bytes[0] === 0x53);
    };
    const ended = (): void => answer(undefined);
    socket.on('data', answer).on('error', reject).on('end', ended);
    socket.resume().write(sslRequest);
  });
}

function opened<S extends net.Socket>(socket: S, event: string): Promise<S> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once(event, () => {
      socket.off('error', reject);
      socket.pause();
      resolve(socket);
    });
  });
}

/**
 * Takes SCRAM-SHA-256-PLUS out of what the server offers: it binds the login to the TLS connection, which ends here,
 * and libpq refuses the offer on a connection that is not encrypted. All else passes as it is.
 */
export function createSaslFilter(): (chunk: Buffer) => Buffer {
  let held = Buffer.alloc(0);
  let done = false;
  return (chunk) => {
    if (done) return chunk;
    held = Buffer.concat([held, chunk]);
    if (held.length < 9) return Buffer.alloc(0);
    const end = 1 + held.readInt32BE(1);
    const isSasl = held[0] === 0x52 && held.readInt32BE(5) === 10;
    if (isSasl && held.length < end && end < 1024) return Buffer.alloc(0);
    done = true;
    return isSasl && held.length >= end
      ? Buffer.concat([withoutPlus(held.subarray(0, end)), held.subarray(end)])
      : held;
  };
}

function withoutPlus(message: Buffer): Buffer {
  const mechanisms = message.toString('latin1', 9).split('\0');
  const kept = mechanisms.filter((name) => name !== 'SCRAM-SHA-256-PLUS');
  // An offer of nothing else is left for the client to refuse in its own words.
  if (kept.every((name) => name === '')) return message;
  const body = Buffer.from(kept.join('\0'), 'latin1');
  const head = Buffer.from(message.subarray(0, 9));
  head.writeInt32BE(8 + body.length, 1);
  return Buffer.concat([head, body]);
}
