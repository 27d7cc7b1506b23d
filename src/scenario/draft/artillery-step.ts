import { captureOf, capturesIn, expectOf } from './artillery-capture.ts';
import { artilleryDuration, writtenDuration } from './artillery-load.ts';
import { hasTemplate, type KnownNames, translated, withoutTemplates } from './artillery-templates.ts';
import { at, isMap, isShallow, mapAt, scalarText, textAt } from './content.ts';
import { literal, plainName, urlLiteral } from './literal.ts';
import { isSecretName, isSecretValue, type Secrets, secretKind } from './secrets.ts';
import {
  type Method,
  methods,
  requestStep,
  type WrittenAuth,
  type WrittenCapture,
  type WrittenRequest,
  type WrittenStep,
} from './written.ts';

export interface StepContext {
  readonly secrets: Secrets;
  readonly dataNames: readonly string[];
  /** What is known at this step; captures add to it. */
  readonly known: KnownNames;
  /** Of the target, with which absolute urls begin. */
  readonly origin: string | undefined;
  readonly basePath: string;
  /** `config.defaults.headers`, by lower-case names. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** Of a part of the step, by its key. */
  readonly leaveOut: (key: string, why: string) => void;
}

export type DraftedStep =
  | { readonly step: WrittenStep; readonly captured: readonly (readonly [name: string, ours: string])[] }
  | { readonly problem: string };

const problem = (text: string) => ({ problem: text }) as const;

/** One item of a `flow`. */
export function stepOf(written: unknown, context: StepContext): DraftedStep {
  if (!isMap(written)) return problem('it is no step');
  const think = at(written, 'think');
  if (think !== undefined) {
    const durationMs = artilleryDuration(think);
    if (durationMs === undefined || durationMs > 3_600_000) return problem('its think is no number of seconds');
    return { step: { think: writtenDuration(durationMs) }, captured: [] };
  }
  const method = methods.find((each) => at(written, each) !== undefined);
  if (method === undefined) return problem(`${plainName(Object.keys(written)[0] ?? 'it')} has no counterpart`);
  const request = at(written, method);
  return requestOf(method, typeof request === 'string' ? { url: request } : request, context);
}

const handledKeys = new Set(
  'url uri name qs headers json form body auth capture expect followRedirect ifTrue formData multipart'.split(' '),
);

function requestOf(method: Method, request: unknown, context: StepContext): DraftedStep {
  for (const key of ['ifTrue', 'formData', 'multipart']) {
    if (at(request, key) !== undefined) return problem(`its ${key} has no counterpart`);
  }
  const url = urlOf(textAt(request, 'url') ?? textAt(request, 'uri') ?? '', context);
  if (typeof url !== 'string') return url;
  const query = fieldsOf(mapAt(request, 'qs'), context);
  if ('problem' in query) return query;
  const headers = headersOf(request, context);
  if ('problem' in headers) return headers;
  const auth = authOf(at(request, 'auth'), context);
  if (auth && 'problem' in auth) return auth;
  const body = bodyOf(request, context);
  if ('problem' in body) return body;

  const captures: WrittenCapture[] = [];
  const captured: (readonly [string, string])[] = [];
  for (const each of capturesIn(request)) {
    const drafted = captureOf(each, context.dataNames);
    if ('problem' in drafted) context.leaveOut('capture', drafted.problem);
    else if (captures.some(({ as }) => as === drafted.capture.as))
      context.leaveOut('capture', 'its name is taken already');
    else {
      captures.push(drafted.capture);
      captured.push([drafted.name, drafted.capture.as]);
    }
  }
  const expect = expectOf(at(request, 'expect'), (key, why) => context.leaveOut(`expect.${plainName(key)}`, why));
  for (const key of Object.keys(isMap(request) ? request : {})) {
    if (!handledKeys.has(key)) context.leaveOut(plainName(key), 'it has no counterpart');
  }
  const name = plainName(textAt(request, 'name') ?? '');
  const [capture] = captures;
  const { authorization, ...otherHeaders } = headers.fields;
  const allHeaders = auth || authorization === undefined ? otherHeaders : headers.fields;
  const step = requestStep(method, {
    url,
    ...(name !== '' && { name }),
    ...(Object.keys(query.fields).length > 0 && { query: query.fields }),
    ...(Object.keys(allHeaders).length > 0 && { headers: allHeaders }),
    ...(auth && { auth: auth.auth }),
    ...body.content,
    ...(at(request, 'followRedirect') === true && { redirects: 10 }),
    ...(expect && { expect }),
    ...(capture && { capture: captures.length === 1 ? capture : captures }),
  });
  return { step, captured };
}

function urlOf(written: string, { known, origin, basePath }: StepContext): string | { readonly problem: string } {
  let path = written.trim();
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) {
    const host = URL.canParse(path) ? new URL(path).origin : undefined;
    if (host === undefined || host !== origin) return problem('its url is that of another service');
    path = path.slice(
      path.indexOf('/', path.indexOf('://') + 3) === -1 ? path.length : path.indexOf('/', path.indexOf('://') + 3),
    );
  } else {
    path = `${basePath}${path.startsWith('/') ? '' : '/'}${path}`;
  }
  const withoutFragment = path.replace(/#.*$/, '');
  if (isSecretValue(withoutTemplates(withoutFragment))) return problem('its url holds a credential');
  const [plainPath = '', ...search] = withoutFragment.split('?');
  for (const pair of search.join('?').split('&')) {
    const [name = '', value = ''] = pair.split('=');
    if (value !== '' && !hasTemplate(value) && isSecretName(name)) return problem('its url holds a credential');
  }
  const query = search.length > 0 ? `?${search.join('?')}` : '';
  const url = translated(`${plainPath === '' ? '/' : plainPath}${query}`, known, urlLiteral);
  if ('problem' in url) return url;
  return /^\/(?![/\\])/.test(url.text) ? url.text : problem('its url does not begin with one slash');
}

/** Text with what it fills in; a secret that is written out becomes a variable. */
function filledValue(
  name: string,
  written: unknown,
  { known, secrets }: StepContext,
): { readonly text: string } | { readonly problem: string } {
  const text = scalarText(written);
  if (text === undefined) return problem(`its ${plainName(name)} is no text`);
  const own = withoutTemplates(text);
  if ((isSecretName(name) && text !== '' && !hasTemplate(text)) || isSecretValue(own)) {
    return { text: secrets.standIn(secretKind(name), plainName(name), `${name}=${text}`) };
  }
  return translated(text, known);
}

type Fields = { readonly fields: Record<string, string> } | { readonly problem: string };

function fieldsOf(written: unknown, context: StepContext): Fields {
  const fields: [string, string][] = [];
  for (const [name, value] of Object.entries(isMap(written) ? written : {})) {
    if (name.includes('{{') || name === '__proto__') return problem('a name in it holds {{');
    const drafted = filledValue(name, value, context);
    if ('problem' in drafted) return drafted;
    fields.push([name, drafted.text]);
  }
  return { fields: Object.fromEntries(fields) };
}

const droppedHeaders = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'cookie']);

function headersOf(request: unknown, context: StepContext): Fields {
  const own = Object.entries(mapAt(request, 'headers') ?? {}).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  const written = { ...context.headers, ...Object.fromEntries(own) };
  const kept = Object.entries(written).filter(([name]) => {
    if (!droppedHeaders.has(name)) return true;
    context.leaveOut(
      `headers.${name}`,
      name === 'cookie' ? 'each user keeps its own cookies' : 'the load generator sets it',
    );
    return false;
  });
  const invalid = kept.find(
    ([name, value]) => !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) || /[\r\n]/.test(String(value)),
  );
  return invalid
    ? problem(`its header ${plainName(invalid[0])} cannot be sent`)
    : fieldsOf(Object.fromEntries(kept), context);
}

function authOf(
  written: unknown,
  context: StepContext,
): { readonly auth: WrittenAuth } | { readonly problem: string } | undefined {
  if (written === undefined) return undefined;
  const user = translated(textAt(written, 'user') ?? textAt(written, 'username') ?? '', context.known);
  const password = filledValue('password', at(written, 'pass') ?? at(written, 'password') ?? '', context);
  if ('problem' in user) return user;
  if ('problem' in password) return password;
  return user.text.includes(':')
    ? problem('the user of its auth holds a colon')
    : { auth: { basic: { user: user.text, password: password.text } } };
}

type Body = { readonly content: Pick<WrittenRequest, 'json' | 'form' | 'body'> } | { readonly problem: string };

function bodyOf(request: unknown, context: StepContext): Body {
  const json = at(request, 'json');
  const form = at(request, 'form');
  const body = at(request, 'body');
  if ([json, form, body].filter((each) => each !== undefined).length > 1) return problem('it has several bodies');
  if (json !== undefined) {
    if (typeof json === 'string') return problem('its json is a text, and no map or list');
    if (!isShallow(json, 24)) return problem('its json is nested too deep');
    const drafted = jsonOf(json, '', context);
    return 'problem' in drafted ? drafted : { content: { json: drafted.value } };
  }
  if (form !== undefined) {
    const fields = fieldsOf(form, context);
    return 'problem' in fields ? fields : { content: { form: fields.fields } };
  }
  if (body === undefined) return { content: {} };
  const text = scalarText(body);
  if (text === undefined) return problem('its body is no text');
  const own = withoutTemplates(text);
  if (isSecretValue(own) || /["']?(?:password|secret|api_?key)["']?\s*[:=]\s*["']?[^\s"']/i.test(own)) {
    return problem('its body may hold a secret');
  }
  const drafted = translated(text, context.known);
  return 'problem' in drafted ? drafted : { content: { body: drafted.text } };
}

function jsonOf(
  value: unknown,
  name: string,
  context: StepContext,
): { readonly value: unknown } | { readonly problem: string } {
  if (typeof value === 'string' || (typeof value === 'number' && isSecretName(name))) {
    const drafted = filledValue(name, value, context);
    return 'problem' in drafted ? drafted : { value: drafted.text };
  }
  if (typeof value === 'number') {
    const isKept = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
    return isKept ? { value } : problem('a number in its json has too many digits');
  }
  const isList = Array.isArray(value);
  if (!isList && !isMap(value)) return { value };
  const entries: [string, unknown][] = [];
  for (const [key, each] of Object.entries(value)) {
    if (key.includes('{{') || key === '__proto__') return problem(`the name ${literal(plainName(key))} in its json`);
    const drafted = jsonOf(each, isList ? name : key, context);
    if ('problem' in drafted) return drafted;
    entries.push([key, drafted.value]);
  }
  return { value: isList ? entries.map(([, each]) => each) : Object.fromEntries(entries) };
}
