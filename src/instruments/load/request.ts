import { readFileSync } from 'node:fs';
import { Failure } from '../../model/failure.ts';
import type { HttpMethod, RequestBody, RequestStep } from '../../model/flow.ts';
import { compileTemplate, type TemplateValues, templateNames } from '../../model/template.ts';

/** Where requests go, and the headers that all of them carry. */
export interface RequestTarget {
  /** Base url with a concrete port; its path is put before the path of each step. */
  readonly url: string;
  /** Headers of the variant: they win over those of a step, as they are what makes the variant. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A request with its values filled in, ready for any HTTP/1.1 transport. */
export interface RenderedRequest {
  readonly method: HttpMethod;
  /** Path and query, percent-encoded where HTTP demands it. */
  readonly path: string;
  /** Lower-case names; values of one line. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** What a browser would send: a service that compresses must be seen compressing. */
const defaultHeaders = {
  connection: 'keep-alive',
  'user-agent': 'chokepoint',
  accept: '*/*',
  'accept-encoding': 'gzip, deflate, br',
} as const;

const methodsWithBody: ReadonlySet<HttpMethod> = new Set(['POST', 'PUT', 'PATCH']);

/**
 * Compiles a step once; without `{{ name }}` in it every rendering is the same object.
 *
 * @throws {Failure} `body-unreadable` where the file of the body cannot be read
 */
export function compileRequest(step: RequestStep, to: RequestTarget): (values: TemplateValues) => RenderedRequest {
  const { method } = step;
  const base = new URL(to.url);
  const path = compilePath(step, base);
  const body = step.body && compileBody(step.body);
  const fixed: Record<string, string> = {};
  const varying: { readonly name: string; readonly value: Template }[] = [];
  for (const [name, value] of Object.entries(headersOf(step, to, base))) {
    fixed[name] = oneLine(value({}));
    if (value.varies) varying.push({ name, value });
  }
  if (body || methodsWithBody.has(method)) fixed['content-length'] = '0';

  function render(values: TemplateValues): RenderedRequest {
    const headers = { ...fixed };
    for (const { name, value } of varying) headers[name] = oneLine(value(values));
    const target = requestTarget(path(values));
    if (!body) return { method, path: target, headers };
    const content = body(values);
    headers['content-length'] = String(content.length);
    return { method, path: target, headers, body: content };
  }

  if (path.varies || body?.varies || varying.length > 0) return render;
  const always = render({});
  return () => always;
}

/** The bytes of a request as HTTP/1.1 has them on the wire (RFC 9112); text is UTF-8. */
export function serializeRequest({ method, path, headers, body }: RenderedRequest, cookies?: string): Buffer {
  let head = `${method} ${path} HTTP/1.1\r\n`;
  for (const name in headers) {
    if (name !== 'cookie' || cookies === undefined) head += `${name}: ${headers[name]}\r\n`;
  }
  head += cookies === undefined ? '\r\n' : `cookie: ${joinedCookies(headers, cookies)}\r\n\r\n`;
  if (!body) return Buffer.from(head);
  const headBytes = Buffer.byteLength(head);
  const bytes = Buffer.allocUnsafe(headBytes + body.length);
  bytes.write(head);
  body.copy(bytes, headBytes);
  return bytes;
}

/** The value of the one `cookie` header: the cookies of the jar, behind those that the step itself names. */
export function joinedCookies({ cookie }: RenderedRequest['headers'], cookies: string): string {
  return oneLine(cookie === undefined ? cookies : `${cookie}; ${cookies}`);
}

/** What is made of the values; `varies` is false where they play no part. */
interface Filled<T> {
  (values: TemplateValues): T;
  readonly varies: boolean;
}

type Template = Filled<string>;

function template(text: string, encode?: (value: string) => string): Template {
  return filled(compileTemplate(text, encode), templateNames(text).length > 0);
}

function filled<T>(fill: (values: TemplateValues) => T, varies: boolean): Filled<T> {
  return Object.assign((values: TemplateValues) => fill(values), { varies });
}

function compilePath({ url, query }: RequestStep, base: URL): Template {
  // A fragment is for a browser; a # that comes with a value is part of it.
  const [withoutFragment = ''] = url.split('#');
  const path = compileLocation(withoutFragment, base);
  if (query.length === 0) return path;
  const pairs = compilePairs(query, percentEncoded);
  return filled((values) => {
    const start = path(values);
    return `${start}${start.includes('?') ? '&' : '?'}${pairs(values)}`;
  }, path.varies || pairs.varies);
}

function compileLocation(url: string, { origin, pathname }: URL): Template {
  const prefix = pathname.replace(/\/+$/, '');
  if (!url.startsWith('{{')) return template(prefix + (url.startsWith('/') ? url : `/${url}`));
  const location = template(url);
  // What the service itself calls the next address: a path, or all of a url.
  return filled((values) => {
    const text = location(values);
    if (text.startsWith(`${origin}/`)) return text.slice(origin.length);
    return prefix + (text.startsWith('/') ? text : `/${text}`);
  }, location.varies);
}

function compileBody(body: RequestBody): Filled<Buffer> {
  if (body.kind === 'file') {
    const content = readBodyFile(body.path);
    return filled(() => content, false);
  }
  const text = textOfBody(body);
  if (text.varies) return filled((values) => Buffer.from(text(values)), true);
  const content = Buffer.from(text({}));
  return filled(() => content, false);
}

function textOfBody(body: Exclude<RequestBody, { kind: 'file' }>): Template {
  if (body.kind === 'form') return compilePairs(body.fields, formEncoded);
  return template(body.text, body.kind === 'json' ? withinJsonString : undefined);
}

function readBodyFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure('body-unreadable', { path, reason }, { cause: error });
  }
}

/** `name=value&name=value`, each filled in first and encoded then. */
function compilePairs(pairs: RequestStep['query'], encode: (text: string) => string): Template {
  const parts = pairs.map(([name, value]) => [template(name), template(value)] as const);
  return filled(
    (values) => parts.map(([name, value]) => `${encode(name(values))}=${encode(value(values))}`).join('&'),
    parts.some(([name, value]) => name.varies || value.varies),
  );
}

function percentEncoded(text: string): string {
  // Half a surrogate pair has no UTF-8; it throws here, and a response may have brought it.
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'));
}

function formEncoded(text: string): string {
  return percentEncoded(text).replaceAll('%20', '+');
}

/** Most values are ids and words, and this is asked for every request. */
const needsNoEscape = /^[\w .:/@+-]*$/;

function withinJsonString(value: string): string {
  return needsNoEscape.test(value) ? value : JSON.stringify(value).slice(1, -1);
}

function headersOf(step: RequestStep, target: RequestTarget, base: URL): Record<string, Template> {
  const variant = Object.entries(target.headers).map(([name, value]) => [name.toLowerCase(), value]);
  const authorization = authorizationOf(step, base);
  const headers: Record<string, Template> = {
    ...templates({ host: base.host, ...defaultHeaders }),
    ...(authorization && { authorization }),
    ...templates({ ...step.headers, ...Object.fromEntries(variant) }),
  };
  // How the body is delimited is for the one to say who writes it.
  delete headers['content-length'];
  delete headers['transfer-encoding'];
  return headers;
}

function templates(texts: Readonly<Record<string, string>>): Record<string, Template> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, template(text)]));
}

/** That of the step, or of the url; a header that is written out goes before either. */
function authorizationOf({ auth }: RequestStep, { username, password }: URL): Template | undefined {
  if (auth?.kind === 'bearer') return template(`Bearer ${auth.token}`);
  if (auth) return basicAuthorization(template(auth.user), template(auth.password));
  if (username === '') return undefined;
  const always = (text: string) => filled(() => decodeURIComponent(text), false);
  return basicAuthorization(always(username), always(password));
}

/** RFC 7617, in UTF-8. */
function basicAuthorization(user: Template, password: Template): Template {
  return filled(
    (values) => `Basic ${Buffer.from(`${user(values)}:${password(values)}`).toString('base64')}`,
    user.varies || password.varies,
  );
}

/** A value with line breaks in it must not become a header, or a request, of its own. */
function oneLine(value: string): string {
  return value.replace(/\p{Cc}+/gu, ' ');
}

/** Percent-encodes what may not stand in a request target (RFC 9112, 3.2); what is encoded already stays. */
function requestTarget(path: string): string {
  return path.replace(/[^\x21\x22\x24-\x7e]/gu, (character) =>
    Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
