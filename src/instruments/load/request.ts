import type { HttpMethod, RequestStep } from '../../model/scenario.ts';
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

/** Compiles a step once; without `{{ name }}` in it every rendering is the same object. */
export function compileRequest(step: RequestStep, target: RequestTarget): (values: TemplateValues) => RenderedRequest {
  const base = new URL(target.url);
  const prefix = base.pathname.replace(/\/+$/, '');
  // A fragment is for a browser; a # that comes with a value is part of it.
  const [url = ''] = step.url.split('#');
  const path = compileTemplate(url.startsWith('/') ? url : `/${url}`);
  const body = step.body === undefined ? undefined : compileTemplate(step.body);
  const texts = headersOf(step, target, base);
  const headers = Object.entries(texts).map(([name, value]) => [name, compileTemplate(value)] as const);

  function render(values: TemplateValues): RenderedRequest {
    const rendered: Record<string, string> = {};
    for (const [name, value] of headers) rendered[name] = oneLine(value(values));
    const content = body && Buffer.from(body(values));
    if (content) rendered['content-length'] = String(content.length);
    else if (methodsWithBody.has(step.method)) rendered['content-length'] = '0';
    return {
      method: step.method,
      path: requestTarget(prefix + path(values)),
      headers: rendered,
      ...(content && { body: content }),
    };
  }

  const templates = [step.url, step.body ?? '', ...Object.values(texts)];
  if (templates.some((text) => templateNames(text).length > 0)) return render;
  const fixed = render({});
  return () => fixed;
}

/** The bytes of a request as HTTP/1.1 has them on the wire (RFC 9112); text is UTF-8. */
export function serializeRequest(request: RenderedRequest): Buffer {
  const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${request.method} ${request.path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  return request.body ? Buffer.concat([head, request.body]) : head;
}

function headersOf(step: RequestStep, target: RequestTarget, base: URL): Record<string, string> {
  const variant = Object.entries(target.headers).map(([name, value]) => [name.toLowerCase(), value]);
  const headers: Record<string, string> = {
    host: base.host,
    ...defaultHeaders,
    ...(base.username && { authorization: basicAuthorization(base) }),
    ...step.headers,
    ...Object.fromEntries(variant),
  };
  // How the body is delimited is for the one to say who writes it.
  delete headers['content-length'];
  delete headers['transfer-encoding'];
  return headers;
}

function basicAuthorization({ username, password }: URL): string {
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
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
