import { formBody, jsonBody, textBody } from './body.ts';
import { at, listAt, numberAt, textAt } from './content.ts';
import { endpointName } from './endpoint-name.ts';
import { hasPlaceholder, literal, plainName, urlLiteral } from './literal.ts';
import { isSecretName, isSecretValue, type Secrets, secretKind } from './secrets.ts';
import {
  type Method,
  methods,
  requestStep,
  type WrittenAuth,
  type WrittenRequest,
  type WrittenStep,
} from './written.ts';

/** One recorded request, as far as it can be read. */
export interface HarEntry {
  readonly entry: unknown;
  readonly method: string;
  readonly url: URL;
  /** Milliseconds; `undefined` where the recording does not say. */
  readonly startedAt: number | undefined;
  readonly tookMs: number;
  readonly label: string;
}

export function readEntry(entry: unknown): HarEntry | { readonly label: string; readonly problem: string } {
  const written = textAt(entry, 'request', 'url') ?? '';
  const method = (textAt(entry, 'request', 'method') ?? 'GET').toUpperCase();
  if (!URL.canParse(written)) return { label: plainName(`${method} ${written}`), problem: 'its url cannot be read' };
  const url = new URL(written);
  // Without the query, which may hold secrets.
  const label = plainName(`${method} ${url.origin === 'null' ? url.protocol : url.origin}${url.pathname}`).slice(
    0,
    160,
  );
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return { label: plainName(`${method} ${url.protocol}`), problem: 'it is not http' };
  const startedAt = Date.parse(textAt(entry, 'startedDateTime') ?? '');
  return {
    entry,
    method,
    url,
    startedAt: Number.isNaN(startedAt) ? undefined : startedAt,
    tookMs: Math.max(0, numberAt(entry, 'time') ?? 0),
    label,
  };
}

const assetTypes =
  /^(?:image|font|audio|video)\/|^text\/css|javascript|ecmascript|application\/(?:wasm|font|x-font|vnd\.ms-fontobject)/i;
const assetNames =
  /\.(?:js|mjs|css|map|png|jpe?g|gif|svg|webp|avif|ico|bmp|woff2?|ttf|otf|eot|mp[34]|webm|ogg|wav|wasm)$/i;

/** Why the request is no load that a backend should be measured with; `undefined` where it is. */
export function unfitReason({ entry, method, url }: HarEntry): string | undefined {
  const status = numberAt(entry, 'response', 'status') ?? 0;
  if (!methods.some((each) => each.toUpperCase() === method)) return `the method ${plainName(method)}`;
  if (method === 'OPTIONS' && headersOf(entry).some(([name]) => name === 'access-control-request-method')) {
    return 'a preflight, which a browser sends by itself';
  }
  if (status === 101 || at(entry, '_webSocketMessages') !== undefined) return 'a WebSocket';
  if (status === 0) return 'it had no response when it was recorded';
  const type = textAt(entry, 'response', 'content', 'mimeType') ?? '';
  if (type.startsWith('text/event-stream')) return 'its response is a stream without an end';
  const isTyped = type !== '' && !/octet-stream|x-unknown/.test(type);
  return (isTyped ? assetTypes.test(type) : assetNames.test(url.pathname)) ? 'a static file' : undefined;
}

function headersOf(entry: unknown): readonly (readonly [name: string, value: string])[] {
  return listAt(entry, 'request', 'headers').flatMap((header) => {
    const name = textAt(header, 'name');
    return name === undefined ? [] : [[name.toLowerCase(), textAt(header, 'value') ?? ''] as const];
  });
}

/** Of one connection, of the browser, or of what it had in its cache. Cookies are kept by the virtual user itself. */
const droppedHeaders =
  /^(?::.*|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|upgrade-insecure-requests|host|content-length|content-type|cookie2?|expect|sec-.*|user-agent|referer|origin|dnt|pragma|cache-control|priority|if-.*|range|x-forwarded-.*|forwarded|via|traceparent|tracestate|b3|x-b3-.*)$/;

/** The entry as a step, or why it cannot be one. */
export function stepOf(har: HarEntry, secrets: Secrets): WrittenStep | { readonly problem: string } {
  const { entry, method, url } = har;
  const path = pathOf(url, secrets);
  if (path.startsWith('//')) return { problem: 'its path begins with two slashes' };
  const { auth, headers } = headersFor(entry, secrets);
  const body = bodyOf(entry, secrets);
  if ('problem' in body) return body;
  const status = numberAt(entry, 'response', 'status') ?? 0;
  const name = endpointName(method, url.pathname);
  const allHeaders = { ...headers, ...body.headers };
  return requestStep(method.toLowerCase() as Method, {
    url: path,
    ...(name !== undefined && { name }),
    ...(Object.keys(allHeaders).length > 0 && { headers: allHeaders }),
    ...(auth && { auth }),
    ...body.content,
    // Below 400 is fine anyway; what had failed is no failure of the replay.
    ...(status >= 400 && status <= 599 && { expect: { status } }),
  });
}

function pathOf(url: URL, secrets: Secrets): string {
  const path = url.pathname
    .split('/')
    .map((part) => (isSecretValue(part) ? secrets.standIn('SECRET', 'a credential in a path', part) : urlLiteral(part)))
    .join('/');
  if (url.search === '') return path;
  const query = url.search
    .slice(1)
    .split('&')
    .map((pair) => {
      const [name = '', ...rest] = pair.split('=');
      const value = rest.join('=');
      const plain = decodedComponent(name);
      const isKey = plain.toLowerCase() === 'key' && value.length >= 16;
      if (value === '' || !(isKey || isSecretName(plain) || isSecretValue(decodedComponent(value))))
        return urlLiteral(pair);
      const standIn = secrets.standIn(
        secretKind(plain),
        `the query parameter ${plainName(plain)}`,
        `${plain}=${value}`,
      );
      return `${urlLiteral(name)}=${standIn}`;
    });
  return `${path}?${query.join('&')}`;
}

function decodedComponent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

function headersFor(
  entry: unknown,
  secrets: Secrets,
): Pick<WrittenRequest, 'auth'> & { headers: Record<string, string> } {
  const headers: Record<string, string> = {};
  let auth: WrittenAuth | undefined;
  for (const [name, value] of headersOf(entry)) {
    if (droppedHeaders.test(name) || !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) || /[\r\n]/.test(value)) continue;
    if (name === 'authorization') {
      auth = authorizationOf(value, secrets);
      if (!auth && value !== '') headers[name] = secrets.standIn('TOKEN', 'the header authorization', value);
    } else if (value !== '' && (isSecretName(name) || isSecretValue(value))) {
      headers[name] = secrets.standIn(secretKind(name), `the header ${name}`, `${name}=${value}`);
    } else if (!hasPlaceholder(value)) {
      headers[name] = literal(value);
    }
  }
  return { headers, ...(auth && { auth }) };
}

/** The schemes that a scenario has words for. */
function authorizationOf(value: string, secrets: Secrets): WrittenAuth | undefined {
  if (/^bearer /i.test(value)) return { bearer: secrets.standIn('TOKEN', 'the bearer token', value) };
  if (!/^basic /i.test(value)) return undefined;
  const user = secrets.standIn('USER', 'the user of the basic authorization', value);
  return { basic: { user, password: secrets.standIn('PASSWORD', 'the password of the basic authorization', value) } };
}

type EntryBody =
  | {
      readonly content: Pick<WrittenRequest, 'json' | 'form' | 'body'>;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly problem: string };

const maxBodyLength = 64 * 1024;

function bodyOf(entry: unknown, secrets: Secrets): EntryBody {
  const posted = at(entry, 'request', 'postData');
  const text = textAt(posted, 'text') ?? '';
  const params = listAt(posted, 'params');
  if (text === '' && params.length === 0) return { content: {}, headers: {} };
  if (text.length > maxBodyLength) return { problem: 'its body is larger than 64 KB' };
  const type = (
    headersOf(entry).find(([name]) => name === 'content-type')?.[1] ??
    textAt(posted, 'mimeType') ??
    ''
  ).toLowerCase();
  const media = type.split(';')[0]?.trim() ?? '';
  const unwritable = { problem: `its body (${plainName(media) || 'of no type'}) cannot be written in a scenario` };
  if (media.startsWith('multipart/')) return { problem: 'its body is multipart, with files' };
  if (text.includes('\0') || text.includes('\ufffd') || textAt(posted, 'encoding') === 'base64')
    return { problem: 'its body is binary' };
  if (media === 'application/x-www-form-urlencoded') {
    const fields = params.length > 0 ? pairsOf(params) : [...new URLSearchParams(text)];
    const form = formBody(fields, secrets);
    return form ? { content: form, headers: {} } : unwritable;
  }
  const value =
    media === 'application/json' || /^[\w.+-]+\/[\w.+-]+\+json$/.test(media) || media === ''
      ? jsonValue(text)
      : undefined;
  if (value !== undefined) {
    const drafted = jsonBody(value, secrets);
    if (!drafted) return unwritable;
    const { headers = {}, ...content } = drafted;
    const own = media === '' || media === 'application/json' ? headers : { 'content-type': media };
    return { content, headers: own };
  }
  const body = textBody(text);
  if (!body) return { problem: 'its body may hold a secret, or what would be filled in' };
  return { content: body, headers: /^[\w.+-]+\/[\w.+-]+$/.test(media) ? { 'content-type': media } : {} };
}

function pairsOf(params: readonly unknown[]): readonly (readonly [string, string])[] {
  return params.map((param) => [textAt(param, 'name') ?? '', textAt(param, 'value') ?? ''] as const);
}

function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
