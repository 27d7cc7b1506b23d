import type { ReceivedResponse } from './exchange.ts';
import { firstHeader } from './raw-headers.ts';
import type { RenderedRequest } from './request.ts';

/**
 * The request to which a response redirects (RFC 9110, 15.4); `undefined` where it does not, or why the redirect
 * cannot be followed.
 *
 * Load is sent to the host that the scenario names and to no other, whatever that host says.
 */
export function redirectOf(
  request: RenderedRequest,
  { status, headers }: Pick<ReceivedResponse, 'status' | 'headers'>,
  url: string,
): RenderedRequest | { readonly failure: string } | undefined {
  if (!redirecting.has(status)) return undefined;
  const location = firstHeader(headers, 'location');
  if (location === undefined) return undefined;
  const { origin, protocol } = new URL(url);
  const base = `${origin}${request.path}`;
  if (!URL.canParse(location, base)) return { failure: 'redirect to no valid address' };
  const to = new URL(location, base);
  // A service calls itself by the name by which it was asked, which is that of the `host` header.
  const isSameHost = to.origin === origin || (to.protocol === protocol && to.host === request.headers.host);
  if (!isSameHost) return { failure: 'redirect to another host' };
  const path = to.pathname + to.search;
  if (keepsMethod(request, status)) return { ...request, path };
  return {
    method: request.method === 'HEAD' ? 'HEAD' : 'GET',
    path,
    headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => !aboutBody.has(name))),
  };
}

const redirecting: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const aboutBody: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-type',
]);

/** 303 is to be looked at with GET; of 301 and 302 every client has made that after a POST. */
function keepsMethod({ method }: RenderedRequest, status: number): boolean {
  if (status === 303) return false;
  return status === 307 || status === 308 || method !== 'POST';
}
