import { plainName } from './literal.ts';

/** Whole numbers, UUIDs and long hexadecimal texts, in each of which one endpoint has another value. */
const identifier = /^(?:\d+|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{16,})$/i;

/**
 * The endpoint of a recorded path, its identifiers as `:id`, so that requests for different rows count for one.
 *
 * `undefined` where it has none and the path says it already.
 */
export function endpointName(method: string, pathname: string): string | undefined {
  const parts = pathname.split('/');
  if (!parts.some((part) => identifier.test(part))) return undefined;
  return plainName(`${method} ${parts.map((part) => (identifier.test(part) ? ':id' : part)).join('/')}`);
}
