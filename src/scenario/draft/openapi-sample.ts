import { at, type Content, isMap, listAt, mapAt, numberAt, textAt } from './content.ts';
import type { References } from './openapi-refs.ts';

/** A value that fits a schema; `invented` where nothing in the document proposed it. */
export interface Sample {
  readonly value: unknown;
  readonly invented: boolean;
}

const maxDepth = 8;
const maxValues = 500;
const maxProperties = 60;

/**
 * A value for `schema`: its example, default or first enum value where it has one, else one made of its type.
 *
 * Circles end where they close, and large schemas after some hundred values: what is optional is left out there.
 * `undefined` where no value can be made. Format: JSON Schema 2020-12 and the dialect of OpenAPI 3.0.
 */
export function sampleOf(schema: unknown, references: References): Sample | undefined {
  let left = maxValues;
  let invented = false;

  const make = (node: unknown, trail: readonly Content[]): unknown => {
    if (--left < 0 || trail.length > maxDepth) return undefined;
    const map = references.follow(node);
    if (!map || trail.includes(map)) return undefined;
    const proposed = proposedValue(map);
    if (proposed !== undefined) return proposed;
    const inner = [...trail, map];
    const all = listAt(map, 'allOf');
    if (all.length > 0) return mergedParts([{ ...map, allOf: undefined }, ...all], inner);
    for (const key of ['oneOf', 'anyOf'] as const) {
      for (const choice of listAt(map, key)) {
        const value = textAt(choice, 'type') === 'null' ? undefined : make(choice, inner);
        if (value !== undefined) return value;
      }
    }
    return ofType(map, inner);
  };

  const mergedParts = (parts: readonly unknown[], trail: readonly Content[]): unknown => {
    const values = parts
      .filter((part) => isMap(part) && Object.values(part).some((value) => value !== undefined))
      .map((part) => make(part, trail))
      .filter((value) => value !== undefined);
    const maps = values.filter(isMap);
    return maps.length > 0 ? Object.fromEntries(maps.flatMap((map) => Object.entries(map))) : values[0];
  };

  const ofType = (map: Content, trail: readonly Content[]): unknown => {
    switch (typeOf(map)) {
      case 'object':
        return objectOf(map, trail);
      case 'array': {
        const item = make(at(map, 'items') ?? {}, trail);
        const count = Math.min(Math.max(numberAt(map, 'minItems') ?? 1, 1), 5);
        return item === undefined ? [] : Array.from({ length: count }, () => item);
      }
      case 'integer':
      case 'number':
        invented = true;
        return numberOf(map);
      case 'boolean':
        return true;
      case 'null':
        return null;
      default:
        invented = true;
        return textOf(map);
    }
  };

  const objectOf = (map: Content, trail: readonly Content[]): unknown => {
    const required = listAt(map, 'required');
    const properties = Object.entries(mapAt(map, 'properties') ?? {})
      .sort(([a], [b]) => Number(required.includes(b)) - Number(required.includes(a)))
      .slice(0, maxProperties)
      .filter(([name, property]) => name !== '__proto__' && at(references.follow(property), 'readOnly') !== true)
      .map(([name, property]) => [name, make(property, trail)] as const)
      .filter(([, value]) => value !== undefined);
    return Object.fromEntries(properties);
  };

  const value = make(schema ?? {}, []);
  return value === undefined ? undefined : { value, invented };
}

/** What the schema itself proposes. */
function proposedValue(schema: Content): unknown {
  const examples = at(schema, 'examples');
  return (
    at(schema, 'example') ??
    (Array.isArray(examples) ? examples[0] : undefined) ??
    at(schema, 'const') ??
    at(schema, 'default') ??
    listAt(schema, 'enum')[0]
  );
}

/** In 3.1 there may be several types; where there is none, the keywords tell. */
export function typeOf(schema: Content): string {
  const written = at(schema, 'type');
  const type = Array.isArray(written) ? written.find((each) => each !== 'null') : written;
  if (typeof type === 'string') return type;
  if (mapAt(schema, 'properties')) return 'object';
  return at(schema, 'items') === undefined ? 'string' : 'array';
}

function numberOf(schema: Content): number {
  const smallest = smallestOf(schema);
  const largest = numberAt(schema, 'maximum') ?? numberAt(schema, 'exclusiveMaximum') ?? Number.POSITIVE_INFINITY;
  const step = numberAt(schema, 'multipleOf') ?? 0;
  const value = smallest ?? (largest < 1 ? largest : 1);
  return step > 0 ? Math.ceil(value / step) * step : value;
}

/** In 3.0 `exclusiveMinimum` is a boolean beside `minimum`, in 3.1 a number of its own. */
export function smallestOf(schema: Content): number | undefined {
  const minimum = numberAt(schema, 'minimum');
  const exclusive = at(schema, 'exclusiveMinimum');
  if (exclusive === true && minimum !== undefined) return minimum + 1;
  return typeof exclusive === 'number' ? Math.floor(exclusive) + 1 : minimum;
}

const formats: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T12:00:00Z',
  time: '12:00:00Z',
  email: 'user@example.com',
  uuid: '00000000-0000-4000-8000-000000000000',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  byte: 'ZXhhbXBsZQ==',
};

function textOf(schema: Content): string {
  const known = formats[textAt(schema, 'format') ?? ''];
  if (known !== undefined) return known;
  const shortest = Math.min(numberAt(schema, 'minLength') ?? 0, 1000);
  const longest = Math.max(numberAt(schema, 'maxLength') ?? 1000, 0);
  return 'example'.padEnd(shortest, '-').slice(0, longest);
}
