import { isMap, isShallow } from './content.ts';
import { hasPlaceholder, literal } from './literal.ts';
import { isSecretName, isSecretValue, type Secrets, secretKind } from './secrets.ts';
import type { WrittenRequest } from './written.ts';

type WrittenBody = Pick<WrittenRequest, 'json' | 'form' | 'body' | 'headers'>;

/** Deeper JSON is sent all the same, as text: a scenario is nested at most 64 levels deep. */
const maxJsonDepth = 24;

/**
 * A body of JSON, its secrets replaced.
 *
 * As `json:` where that carries it unchanged, else as text, in which an escape keeps `{{` from being filled in.
 * `undefined` where it is nested too deep to be drafted at all.
 */
export function jsonBody(value: unknown, secrets: Secrets): WrittenBody | undefined {
  if (!isShallow(value, 500)) return undefined;
  if (isShallow(value, maxJsonDepth) && isPlain(value)) return { json: masked(value, '', secrets) };
  return { headers: { 'content-type': 'application/json' }, body: jsonText(value, '', secrets) };
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'string') return !hasPlaceholder(value);
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (Array.isArray(value)) return value.every(isPlain);
  if (!isMap(value)) return true;
  return Object.entries(value).every(([key, each]) => key !== '__proto__' && !hasPlaceholder(key) && isPlain(each));
}

function masked(value: unknown, name: string, secrets: Secrets): unknown {
  const standIn = secretStandIn(value, name, secrets);
  if (standIn !== undefined) return standIn;
  if (typeof value === 'string') return literal(value);
  if (Array.isArray(value)) return value.map((each) => masked(each, name, secrets));
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, masked(each, key, secrets)]));
}

function jsonText(value: unknown, name: string, secrets: Secrets): string {
  const standIn = secretStandIn(value, name, secrets);
  if (standIn !== undefined) return JSON.stringify(standIn);
  if (Array.isArray(value)) return `[${value.map((each) => jsonText(each, name, secrets)).join(',')}]`;
  if (!isMap(value)) return jsonScalar(value);
  const entries = Object.entries(value).map(([key, each]) => `${jsonScalar(key)}:${jsonText(each, key, secrets)}`);
  // A space, since two braces in a row would begin a placeholder.
  return `{ ${entries.join(',')} }`;
}

function jsonScalar(value: unknown): string {
  return literal(JSON.stringify(value) ?? 'null').replaceAll('{{', '{\\u007b');
}

/** The variable for a secret among the scalars of a body. */
function secretStandIn(value: unknown, name: string, secrets: Secrets): string | undefined {
  if (typeof value === 'number') {
    return isSecretName(name) ? secrets.standIn(secretKind(name), `the field ${name}`, `${name}=${value}`) : undefined;
  }
  if (typeof value !== 'string' || value === '') return undefined;
  if (isSecretName(name)) return secrets.standIn(secretKind(name), `the field ${name}`, `${name}=${value}`);
  if (isSecretValue(value)) return secrets.standIn('SECRET', `a credential in the field ${name}`, value);
  return undefined;
}

/** A form, its secrets replaced; `undefined` where it cannot be carried unchanged. */
export function formBody(fields: readonly (readonly [string, string])[], secrets: Secrets): WrittenBody | undefined {
  const names = fields.map(([name]) => name);
  if (new Set(names).size !== names.length || names.includes('__proto__')) return undefined;
  if (fields.some(([name, value]) => hasPlaceholder(name) || hasPlaceholder(value))) return undefined;
  const form = fields.map(([name, value]) => [name, secretStandIn(value, name, secrets) ?? literal(value)] as const);
  return { form: Object.fromEntries(form) };
}

/** Text that is neither; `undefined` where a secret may be in it, since nobody can tell where. */
export function textBody(text: string): WrittenBody | undefined {
  if (hasPlaceholder(text) || isSecretValue(text) || /passw|secret|token|api.?key|credential/i.test(text))
    return undefined;
  return { body: literal(text) };
}
