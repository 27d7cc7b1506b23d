import { Cookie, MemoryCookieStore, CookieJar as Store } from 'tough-cookie';
import { allHeaders } from './raw-headers.ts';

/** The cookies of one virtual user at one service (RFC 6265). */
export interface CookieJar {
  /** The value of the `cookie` header for a request to `path`; `undefined` where no cookie fits. */
  header(path: string): string | undefined;
  /** Takes in every `set-cookie` of a response to a request to `path`; names and values in turns. */
  accept(headers: readonly string[], path: string): void;
  /** Every cookie as a `set-cookie` line, to begin another jar with. */
  lines(): readonly string[];
}

/**
 * A jar that begins with the cookies of `lines`; the url's scheme and host are those of the service.
 *
 * One is made for every walk of the load, so it costs next to nothing until a cookie is set: until then all jars
 * that begin with the same array share what is known of it.
 */
export function createCookieJar(url: string, lines: readonly string[] = []): CookieJar {
  let shelf = lines.length === 0 ? undefined : shelfOf(url, lines);
  let isOwn = false;
  return {
    header: (path) => shelf?.header(path),
    accept(headers, path) {
      const fresh = allHeaders(headers, 'set-cookie');
      if (fresh.length === 0) return;
      if (!shelf || !isOwn) shelf = fillShelf(url, lines);
      isOwn = true;
      shelf.put(fresh, path);
    },
    lines: () => shelf?.lines() ?? [],
  };
}

interface Shelf {
  readonly url: string;
  header(path: string): string | undefined;
  put(lines: readonly string[], path: string): void;
  lines(): readonly string[];
}

/** By the lines that it was filled with; such a shelf is put nothing more on. */
const shelves = new WeakMap<readonly string[], Shelf>();

function shelfOf(url: string, lines: readonly string[]): Shelf {
  const known = shelves.get(lines);
  if (known?.url === url) return known;
  const shelf = fillShelf(url, lines);
  shelves.set(lines, shelf);
  return shelf;
}

function fillShelf(url: string, lines: readonly string[]): Shelf {
  const { origin } = new URL(url);
  // A service under test may be at localhost, at a number, or at a name under which others have theirs.
  const store = new Store(new MemoryCookieStore(), { rejectPublicSuffixes: false, allowSpecialUseDomain: true });
  /** By path without query: they are asked for far more often than cookies change. */
  const headers = new Map<string, string>();
  let staleAt = Number.POSITIVE_INFINITY;

  function put(fresh: readonly string[], path: string): void {
    for (const line of fresh) {
      const cookie = datedCookie(line);
      if (!cookie) continue;
      store.setCookieSync(cookie, origin + path, { ignoreError: true });
      staleAt = Math.min(staleAt, endOf(cookie));
    }
    headers.clear();
  }

  /** All of them are for this host, so each fits it at some path. */
  const cookies = () => store.getCookiesSync(`${origin}/`, { allPaths: true });

  put(lines, '/');
  return {
    url,
    put,
    header(pathAndQuery) {
      if (Date.now() >= staleAt) {
        headers.clear();
        staleAt = Math.min(Number.POSITIVE_INFINITY, ...cookies().map(endOf));
      }
      const [path = '/'] = pathAndQuery.split('?', 1);
      let header = headers.get(path);
      if (header === undefined) {
        header = store.getCookieStringSync(origin + path);
        if (headers.size >= mostPaths) headers.clear();
        headers.set(path, header);
      }
      return header === '' ? undefined : header;
    },
    lines: () => cookies().map(String),
  };
}

/** Paths with ids in them must not fill the memory. */
const mostPaths = 100;

/**
 * A cookie whose age is told as a date: tough-cookie counts `max-age` from when the cookie was last used, and its
 * line would begin to count anew in another jar.
 */
function datedCookie(line: string): Cookie | undefined {
  const cookie = Cookie.parse(line);
  if (!cookie || cookie.maxAge === null) return cookie;
  cookie.expires = cookie.expiryDate(new Date()) ?? 'Infinity';
  cookie.maxAge = null;
  return cookie;
}

function endOf(cookie: Cookie): number {
  return cookie.expiryTime() ?? Number.POSITIVE_INFINITY;
}
