import { readFile } from 'node:fs/promises';
import type { WireTap } from './wire-tap.ts';
import type { Upstream } from './wire-upstream.ts';

/** Parameters of a connection string that name files, and what TLS calls their contents. */
const identityFiles = { ca: 'sslrootcert', cert: 'sslcert', key: 'sslkey' } as const;

/**
 * The server that a connection string names, reached as `pg` reaches it: by TLS for every `sslmode` but `disable`.
 *
 * Rejects where a file that it names cannot be read.
 * Parameters: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
 */
export async function upstreamOf(databaseUrl: string): Promise<Upstream> {
  const { hostname, port, searchParams } = new URL(databaseUrl);
  const host = searchParams.get('host') || decodeURIComponent(hostname.replace(/^\[(.+)\]$/, '$1')) || 'localhost';
  const mode = searchParams.get('sslmode') ?? '';
  const identity: { -readonly [K in keyof typeof identityFiles]?: string } = {};
  for (const [name, parameter] of Object.entries(identityFiles) as [keyof typeof identityFiles, string][]) {
    const path = searchParams.get(parameter);
    if (path) identity[name] = await readFile(path, 'utf8');
  }
  const asked = /^(?:true|1)$/.test(searchParams.get('ssl') ?? '') || Object.keys(identity).length > 0;
  return {
    host,
    port: Number(searchParams.get('port') || port) || 5432,
    tls: mode === '' ? asked : mode !== 'disable',
    verify: mode.startsWith('verify-'),
    identity,
  };
}

/** The same database behind the tap, which does not encrypt: what asks for that, or for another way, is taken out. */
export function tappedUrl(databaseUrl: string, { host, port }: Pick<WireTap, 'host' | 'port'>): string {
  const url = new URL(databaseUrl);
  const hadMode = url.searchParams.has('sslmode');
  for (const name of [...url.searchParams.keys()]) {
    if (/^(?:ssl.*|host|hostaddr|port|channel_binding|gssencmode|requiressl|uselibpqcompat)$/.test(name)) {
      url.searchParams.delete(name);
    }
  }
  // Where nothing is said, Go's lib/pq insists on encryption.
  if (hadMode) url.searchParams.set('sslmode', 'disable');
  url.hostname = host;
  url.port = String(port);
  return url.href;
}
