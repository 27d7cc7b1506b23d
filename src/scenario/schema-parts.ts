import { z } from 'zod';
import {
  bytesPattern,
  durationPattern,
  parseDuration,
  parsePercent,
  parseRate,
  percentPattern,
  ratePattern,
} from './quantities.ts';

/**
 * The message of an issue that says why a value is wrong and what to write instead.
 *
 * zod hands a schema's own message on as one text, so both clauses travel in it: see {@link readRule}.
 */
export function rule(reason: string, hint: string): string {
  return `${reason}\n${hint}`;
}

/** The clauses of a {@link rule}; without a hint where the message is zod's own. */
export function readRule(message: string): { readonly reason: string; readonly hint: string | undefined } {
  const [reason = message, hint] = message.split('\n');
  return { reason, hint };
}

/** The message of everything that {@link duration} does not accept as a duration. */
export const notADuration = 'not a duration';

/** A map with exactly these keys; the message of an unknown one lists them, a line each. */
export function section<T extends z.core.$ZodLooseShape>(shape: T) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join('\n') : undefined),
  });
}

/** A text such as `500ms`, within the range. */
export function duration({ min, max }: { readonly min: string; readonly max: string }) {
  const withinRange = (text: string): boolean => {
    const durationMs = parseDuration(text) ?? 0;
    return durationMs >= (parseDuration(min) ?? 0) && durationMs <= (parseDuration(max) ?? 0);
  };
  return z
    .string({ error: notADuration })
    .regex(durationPattern, { error: notADuration, abort: true })
    .refine(withinRange, rule('is out of range', `write a duration from ${min} to ${max}`));
}

/** A text such as `10%`, up to `max` per cent. */
export function percent(max: number) {
  const notAPercentage = rule('is not a percentage', 'write a number with its sign: 10%');
  return z
    .string({ error: notAPercentage })
    .regex(percentPattern, { error: notAPercentage, abort: true })
    .refine((text) => (parsePercent(text) ?? 0) * 100 <= max, rule('is out of range', `write at most ${max}%`));
}

/** The highest rate that is no slip of the pen. */
const maxPerS = 1_000_000;

/** A text such as `200/s` or `90/m`. */
export function rate() {
  const notARate = rule('is not a rate', 'write a number per second or minute: 200/s, 90/m');
  return z
    .string({ error: notARate })
    .regex(ratePattern, { error: notARate, abort: true })
    .refine((text) => (parseRate(text) ?? 0) <= maxPerS, rule('is out of range', `write at most ${maxPerS}/s`));
}

/** A number of bytes, or a text such as `100kB`. */
export function byteSize() {
  const notASize = rule('is not a size', 'write a number of bytes, or one with its unit: 100kB, 2MiB');
  return z.union([z.int().min(0), z.string().regex(bytesPattern, notASize)]);
}

export const nonEmpty = z.string().min(1);

/** What `{{ name }}` calls a value: without a dot, which leads to the field of a row. */
export const valueName = z
  .string()
  .regex(/^[A-Za-z_][\w-]*$/, rule('is not a name', 'use letters, digits, hyphens and underscores'));

/** For the JSON Schema alone; the loader says it in better words. */
export function exactlyOne(...keys: readonly string[]) {
  return { oneOf: keys.map((key) => ({ type: 'object', properties: { [key]: {} }, required: [key] })) };
}

/** Text, which YAML may have taken for a number or a boolean: it is used as written. */
export const text = z.union([z.string(), z.number(), z.boolean()]);

/** The name of an environment variable. */
export const variableName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    rule('is not the name of an environment variable', 'use letters, digits and underscores'),
  );

/** Variables of a process. */
export const variables = z.record(variableName, text);

/** The path of a request; `{{ name }}` in it may hold anything. */
export const requestPath = z
  .string()
  .regex(/^\/(?![/\\])/, rule('must be a path on the target', 'begin with one /: the host stands in target.url alone'))
  .refine(
    (path) => /^[\x21-\x7e]*$/.test(withoutPlaceholders(path)) && !path.includes('#'),
    rule('holds a character that no request line may have', 'percent-encode it: a space is %20, # is %23'),
  );

function withoutPlaceholders(text: string): string {
  return text.replace(/\{\{[^{}]*\}\}/g, '');
}

/** The load generator frames each request itself. */
const framing = ['content-length', 'transfer-encoding'];

/** RFC 9110 section 5.1. */
export const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, {
  error: rule('is not a header name', 'use letters, digits and hyphens'),
  abort: true,
});

/** A text that becomes part of a header. */
export const headerValue = text.refine(
  (value) => !/[\r\n\0]/.test(String(value)),
  rule('holds a line end, which would begin another header', 'write the value on one line'),
);

/** Headers of a request. */
export const headers = z.record(
  headerName.refine(
    (name) => !framing.includes(name.toLowerCase()),
    rule('is set by the load generator', 'leave it out: it follows from the body'),
  ),
  headerValue,
);
