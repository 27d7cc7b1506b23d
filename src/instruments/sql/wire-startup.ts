/** What the first bytes of a client mean. */
export type Startup =
  /** More bytes are needed. */
  | { readonly kind: 'incomplete' }
  /** SSLRequest or GSSENCRequest: `N` is to be answered, and what stands behind the first 8 bytes read again. */
  | { readonly kind: 'encryption'; readonly length: 8 }
  /** A startup packet of `length` bytes, behind which messages begin. */
  | { readonly kind: 'session'; readonly length: number }
  /** CancelRequest, or nothing of the protocol: to be forwarded, not to be followed. */
  | { readonly kind: 'opaque' };

/** The server's own limit. */
const maxStartupLength = 10_000;

/** Formats: https://www.postgresql.org/docs/current/protocol-message-formats.html (StartupMessage, SSLRequest, …) */
export function readStartup(bytes: Buffer): Startup {
  if (bytes.length < 8) return { kind: 'incomplete' };
  const length = bytes.readInt32BE(0);
  const code = bytes.readInt32BE(4);
  if (length === 8 && (code === 80877103 || code === 80877104)) return { kind: 'encryption', length: 8 };
  const isVersion3 = code >>> 16 === 3;
  if (!isVersion3 || length < 8 || length > maxStartupLength) return { kind: 'opaque' };
  return bytes.length < length ? { kind: 'incomplete' } : { kind: 'session', length };
}
