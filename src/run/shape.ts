/** Throws a {@link ShapeError} where `value` is not what is wanted; `path` names it, as `variants.before.metrics`. */
export type Shape = (value: unknown, path: string) => void;

/** Something read from a file is not what it should be; its message begins with the path to it. */
export class ShapeError extends Error {}

/** The keys of `T`, each with its shape: a key that the type has cannot be forgotten, and unknown keys are let be. */
export type Keys<T> = { readonly [K in keyof T]-?: Shape };

export const text: Shape = wanted('a text', (value) => typeof value === 'string');
export const number: Shape = wanted('a number', (value) => typeof value === 'number');
export const boolean: Shape = wanted('true or false', (value) => typeof value === 'boolean');

/** A path below the folder of the file, so that a run from somebody else reaches and names nothing but its own files. */
export const ownFile: Shape = wanted(
  'a path inside of its folder',
  (value) => typeof value === 'string' && /^[^/\\:]+(\/[^/\\:]+)*$/.test(value) && !value.split('/').includes('..'),
);

export function oneOf(...values: readonly string[]): Shape {
  return wanted(`one of ${values.join(', ')}`, (value) => typeof value === 'string' && values.includes(value));
}

export function optional(shape: Shape): Shape {
  return (value, path) => {
    if (value !== undefined) shape(value, path);
  };
}

export function nullable(shape: Shape): Shape {
  return (value, path) => {
    if (value !== null) shape(value, path);
  };
}

export function listOf(shape: Shape): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) throw unlike('a list', value, path);
    for (const [index, entry] of value.entries()) shape(entry, `${path}.${index}`);
  };
}

export function mapOf(shape: Shape): Shape {
  return (value, path) => {
    for (const [key, entry] of Object.entries(requireMap(value, path))) shape(entry, join(path, key));
  };
}

export function keys<T>(shapes: Keys<T>): Shape {
  const entries = Object.entries<Shape>(shapes);
  return (value, path) => {
    const map = requireMap(value, path);
    for (const [key, shape] of entries) shape(map[key], join(path, key));
  };
}

/** A union that is told apart by the text under `tag`. */
export function tagged(tag: string, shapes: Readonly<Record<string, Shape>>): Shape {
  const known = oneOf(...Object.keys(shapes));
  return (value, path) => {
    const found = requireMap(value, path)[tag];
    known(found, join(path, tag));
    shapes[String(found)]?.(value, path);
  };
}

/** For a shape that holds itself. */
export function lazy(shape: () => Shape): Shape {
  return (value, path) => shape()(value, path);
}

function wanted(what: string, isWanted: (value: unknown) => boolean): Shape {
  return (value, path) => {
    if (!isWanted(value)) throw unlike(what, value, path);
  };
}

function requireMap(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unlike('a map', value, path);
  return value as Readonly<Record<string, unknown>>;
}

const join = (path: string, key: string) => (path === '' ? key : `${path}.${key}`);

function unlike(what: string, value: unknown, path: string): ShapeError {
  return new ShapeError(`${path || 'it'} must be ${what}, and is ${described(value)}`);
}

function described(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return JSON.stringify(value).slice(0, 80);
}
