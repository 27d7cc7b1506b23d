/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Parts of a schema that are named, by their names. */
type Definitions = Map<string, JsonSchema>;

/** What something read from a file must be: calling it checks a value, `describe` says the same as a JSON Schema. */
export interface Shape {
  /** Throws a {@link ShapeError} where `value` is not what is wanted; `path` names it, as `variants.before.metrics`. */
  (value: unknown, path: string): void;
  /** Adds what it names to `definitions`. */
  readonly describe: (definitions: Definitions) => JsonSchema;
  readonly isOptional?: boolean;
}

/** Something read from a file is not what it should be; its message begins with the path to it. */
export class ShapeError extends Error {}

/** The keys of `T`, each with its shape: a key that the type has cannot be forgotten, and unknown keys are let be. */
export type Keys<T> = { readonly [K in keyof T]-?: Shape };

/** A shape of its own kind: its check, and the schema that says as much of it as a schema can. */
export function shapeOf(check: (value: unknown, path: string) => void, describe: Shape['describe']): Shape {
  return Object.assign((value: unknown, path: string) => check(value, path), { describe });
}

export const text: Shape = wanted('a text', { type: 'string' }, (value) => typeof value === 'string');
export const number: Shape = wanted('a number', { type: 'number' }, (value) => typeof value === 'number');
export const boolean: Shape = wanted('true or false', { type: 'boolean' }, (value) => typeof value === 'boolean');

const ownPath = /^(?!(?:.*\/)?\.\.(?:\/|$))[^/\\:]+(?:\/[^/\\:]+)*$/;

/** A path below the folder of the file, so that a run from somebody else reaches and names nothing but its own files. */
export const ownFile: Shape = wanted(
  'a path inside of its folder',
  { type: 'string', pattern: ownPath.source },
  (value) => typeof value === 'string' && ownPath.test(value),
);

export function oneOf(...values: readonly string[]): Shape {
  return wanted(
    `one of ${values.join(', ')}`,
    { enum: values },
    (value) => typeof value === 'string' && values.includes(value),
  );
}

export function optional(shape: Shape): Shape {
  const checked = shapeOf((value, path) => {
    if (value !== undefined) shape(value, path);
  }, shape.describe);
  return Object.assign(checked, { isOptional: true });
}

export function nullable(shape: Shape): Shape {
  return shapeOf(
    (value, path) => {
      if (value !== null) shape(value, path);
    },
    (definitions) => ({ anyOf: [shape.describe(definitions), { type: 'null' }] }),
  );
}

export function listOf(shape: Shape): Shape {
  return shapeOf(
    (value, path) => {
      if (!Array.isArray(value)) throw unlike('a list', value, path);
      for (const [index, entry] of value.entries()) shape(entry, `${path}.${index}`);
    },
    (definitions) => ({ type: 'array', items: shape.describe(definitions) }),
  );
}

export function mapOf(shape: Shape): Shape {
  return shapeOf(
    (value, path) => {
      for (const [key, entry] of Object.entries(requireMap(value, path))) shape(entry, join(path, key));
    },
    (definitions) => ({ type: 'object', additionalProperties: shape.describe(definitions) }),
  );
}

export function keys<T>(shapes: Keys<T>): Shape {
  const entries = Object.entries<Shape>(shapes);
  return shapeOf(
    (value, path) => {
      const map = requireMap(value, path);
      for (const [key, shape] of entries) shape(map[key], join(path, key));
    },
    (definitions) => ({
      type: 'object',
      properties: Object.fromEntries(entries.map(([key, shape]) => [key, shape.describe(definitions)])),
      required: entries.filter(([, shape]) => !shape.isOptional).map(([key]) => key),
    }),
  );
}

/** A union that is told apart by the text under `tag`. */
export function tagged(tag: string, shapes: Readonly<Record<string, Shape>>): Shape {
  const known = oneOf(...Object.keys(shapes));
  return shapeOf(
    (value, path) => {
      const found = requireMap(value, path)[tag];
      known(found, join(path, tag));
      shapes[String(found)]?.(value, path);
    },
    (definitions) => ({
      oneOf: Object.entries(shapes).map(([name, shape]) => ({
        allOf: [
          { type: 'object', properties: { [tag]: { const: name } }, required: [tag] },
          shape.describe(definitions),
        ],
      })),
    }),
  );
}

/** A shape that its schema describes once, under `definitions`. */
export function named(name: string, shape: Shape): Shape {
  return shapeOf(shape, (definitions) => {
    if (!definitions.has(name)) {
      // What holds itself comes past here again while it is described.
      definitions.set(name, {});
      definitions.set(name, shape.describe(definitions));
    }
    return { $ref: `#/definitions/${name}` };
  });
}

/** For a shape that holds itself; it must be {@link named}. */
export function lazy(shape: () => Shape): Shape {
  return shapeOf(
    (value, path) => shape()(value, path),
    (definitions) => shape().describe(definitions),
  );
}

function wanted(what: string, schema: JsonSchema, isWanted: (value: unknown) => boolean): Shape {
  return shapeOf(
    (value, path) => {
      if (!isWanted(value)) throw unlike(what, value, path);
    },
    () => schema,
  );
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

/** One member of a union, without the `status` that {@link tagged} looks at. */
export type Status<T, S extends string> = Omit<Extract<T, { readonly status: S }>, 'status'>;
