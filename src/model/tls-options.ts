import type { TlsSpec } from './scenario.ts';

/** What `node:tls` and `node:https` are given to verify a service, and to show it our own certificate. */
export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** Left out where the host is an address: the certificate is then checked against that. */
  readonly servername?: string;
}

/** `host`: that of the url, without brackets. */
export function tlsOptionsOf(spec: TlsSpec | undefined, host: string): TlsOptions {
  const { ca, cert, key, passphrase, servername = isAddress(host) ? undefined : host } = spec ?? {};
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
    ...(servername !== undefined && { servername }),
  };
}

/** A name of a host holds no colon, and does not end in a number (WHATWG URL, 3.5). */
function isAddress(host: string): boolean {
  return host.includes(':') || /(^|\.)\d+$/.test(host);
}
