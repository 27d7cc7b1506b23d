import { Failure } from '../model/failure.ts';
import type { Scenario } from '../model/scenario.ts';

/**
 * Throws `host-not-allowed` where load would leave this machine for a host that `target.allowHosts` does not name.
 *
 * The host is read by the WHATWG parser, which knows `127.1` and `0x7f000001` as 127.0.0.1, and after a `@`.
 */
export function assertHostAllowed({
  target,
  variants,
  positions,
}: Pick<Scenario, 'target' | 'variants' | 'positions'>): void {
  // A socket is of this machine, whatever the url calls it.
  const reached = [
    ...(target.socketPath === undefined ? [{ url: target.url, key: 'target.url' }] : []),
    ...variants.flatMap(({ name, url }) => (url === undefined ? [] : [{ url, key: `variants.${name}.url` }])),
  ];
  for (const { url, key } of reached) {
    const { hostname } = new URL(url.replaceAll('${PORT}', '1'));
    const host = bareHost(hostname);
    if (isThisMachine(hostname) || target.allowHosts.some((allowed) => bareHost(allowed) === host)) continue;
    throw new Failure('host-not-allowed', { host }, { at: positions[key] });
  }
}

/** Whether the host name of a parsed url is one of this machine's own. */
export function isThisMachine(hostname: string): boolean {
  const host = bareHost(hostname);
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Without the brackets of an IPv6 address and the dot of an absolute name. */
function bareHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}
