import { at, type Content, isMap, listAt, mapAt, numberAt, scalarText, textAt } from './content.ts';
import type { DataNames } from './data-names.ts';
import { componentLiteral, hasPlaceholder, literal, plainName } from './literal.ts';
import type { References } from './openapi-refs.ts';
import { sampleOf, smallestOf, typeOf } from './openapi-sample.ts';
import { isSecretName, isSecretValue, type Secrets, secretKind } from './secrets.ts';

/** What the parameters of an operation make of its request, or why that cannot be drafted. */
export type Parameters =
  | { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly invented: readonly string[] }
  | { readonly problem: string };

export interface ParameterContext {
  readonly references: References;
  readonly secrets: Secrets;
  readonly data: DataNames;
}

type Parameter = Content & { readonly name: string; readonly in: string };

/** Whole numbers to choose from where a path wants one and the document says no more. */
const usualCount = 100;
const maxEnumValues = 100;

/** Set by what sends the request, whatever the document says: OpenAPI 3.1.0, section 4.8.12.1. */
const reservedHeaders = ['accept', 'content-type', 'authorization', 'content-length', 'transfer-encoding', 'host'];

/** Fills the path's parameters, and adds what is required of query and headers. */
export function applyParameters(path: string, lists: readonly unknown[], context: ParameterContext): Parameters {
  const { references } = context;
  // An operation's own parameter replaces that of its path.
  const parameters = new Map<string, Parameter>();
  for (const written of lists) {
    const parameter = references.follow(written);
    if (!parameter) return { problem: 'a parameter stands in another document' };
    const name = textAt(parameter, 'name');
    const place = textAt(parameter, 'in');
    if (name !== undefined && place !== undefined)
      parameters.set(`${place} ${name}`, { ...parameter, name, in: place });
  }
  const invented: string[] = [];
  const filled = filledPath(path, parameters, context, invented);
  if (typeof filled !== 'string') return filled;
  const query: string[] = [];
  const headers: Record<string, string> = {};
  for (const parameter of parameters.values()) {
    if (at(parameter, 'required') !== true || parameter.in === 'path') continue;
    if (parameter.in === 'cookie') return { problem: `it needs the cookie ${plainName(parameter.name)}` };
    const texts = textsOf(parameter, context, invented);
    if (!texts) return { problem: `there is no value for its parameter ${plainName(parameter.name)}` };
    if (parameter.in === 'query')
      query.push(...texts.map((text) => `${componentLiteral(parameter.name)}=${text.forUrl}`));
    if (parameter.in === 'header' && !reservedHeaders.includes(parameter.name.toLowerCase())) {
      const value = texts.map(({ plain }) => plain).join(',');
      if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(parameter.name) || /[\r\n]/.test(value) || hasPlaceholder(value)) {
        return { problem: `its header ${plainName(parameter.name)} cannot be written` };
      }
      headers[parameter.name.toLowerCase()] = value;
    }
  }
  return { url: query.length > 0 ? `${filled}?${query.join('&')}` : filled, headers, invented };
}

function filledPath(
  path: string,
  parameters: ReadonlyMap<string, Parameter>,
  context: ParameterContext,
  invented: string[],
): string | { readonly problem: string } {
  const parts = path.split(/\{([^{}]*)\}/);
  const filled: string[] = [];
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 0) {
      filled.push(part.split('/').map(pathPart).join('/'));
      continue;
    }
    const parameter = parameters.get(`path ${part}`);
    if (!parameter) return { problem: `its path parameter ${plainName(part)} is not described` };
    const style = textAt(parameter, 'style') ?? 'simple';
    if (style !== 'simple') return { problem: `the style ${plainName(style)} of its parameter ${plainName(part)}` };
    const value = pathValue(parameter, context, invented);
    if (value === undefined) return { problem: `there is no value for its path parameter ${plainName(part)}` };
    filled.push(value);
  }
  return filled.join('');
}

/** What is percent-encoded already stays so. */
function pathPart(text: string): string {
  return text.replace(/[^A-Za-z0-9._~%!$&'()*+,;=:@-]+/g, componentLiteral);
}

function pathValue(parameter: Parameter, context: ParameterContext, invented: string[]): string | undefined {
  const { references, data } = context;
  const schema = references.follow(at(parameter, 'schema') ?? {});
  const fixed = exampleOf(parameter, references) ?? (schema && fixedValue(schema));
  if (fixed === undefined && schema && !isSecretName(parameter.name)) {
    const texts = listAt(schema, 'enum').slice(0, maxEnumValues).map(scalarText);
    const values = texts.filter((text): text is string => text !== undefined && text !== '' && !hasPlaceholder(text));
    // Where a value is filled in, nothing encodes it.
    if (values.length > 1) return `{{ ${data.add(parameter.name, { values: values.map(componentLiteral) })} }}`;
    if (typeOf(schema) === 'integer') {
      const from = Math.ceil(smallestOf(schema) ?? 1);
      const largest = Math.floor(numberAt(schema, 'maximum') ?? Number.POSITIVE_INFINITY);
      const to = Math.min(largest, from + usualCount - 1);
      if (from <= to && Number.isSafeInteger(from) && Number.isSafeInteger(to)) {
        invented.push(`${plainName(parameter.name)} from ${from} to ${to}`);
        return `{{ ${data.add(parameter.name, { range: [from, to] })} }}`;
      }
    }
  }
  const texts = textsOf(parameter, context, invented);
  return texts && texts.length > 0 ? texts.map(({ forUrl }) => forUrl).join(',') || undefined : undefined;
}

function fixedValue(schema: Content): unknown {
  return at(schema, 'example') ?? listAt(schema, 'examples')[0] ?? at(schema, 'const') ?? at(schema, 'default');
}

interface ParameterText {
  readonly plain: string;
  readonly forUrl: string;
}

/** One text, or one for each item of a list. */
function textsOf(
  parameter: Parameter,
  { references, secrets }: ParameterContext,
  invented: string[],
): readonly ParameterText[] | undefined {
  const { name } = parameter;
  if (isSecretName(name)) {
    const standIn = secrets.standIn(secretKind(name), `the parameter ${plainName(name)}`);
    return [{ plain: standIn, forUrl: standIn }];
  }
  const value = exampleOf(parameter, references) ?? sampled(parameter, references, invented);
  const items = Array.isArray(value) ? value : [value];
  const texts = items.map(scalarText);
  if (isMap(value) || !texts.every((text) => text !== undefined)) return undefined;
  return texts.map((text) => {
    if (!isSecretValue(text)) return { plain: literal(text), forUrl: componentLiteral(text) };
    const standIn = secrets.standIn('SECRET', `a credential in the parameter ${plainName(name)}`);
    return { plain: standIn, forUrl: standIn };
  });
}

function sampled(parameter: Parameter, references: References, invented: string[]): unknown {
  const content = Object.entries(mapAt(parameter, 'content') ?? {})[0];
  const sample = sampleOf(content ? at(content[1], 'schema') : at(parameter, 'schema'), references);
  if (!sample) return undefined;
  const value = content ? JSON.stringify(sample.value) : sample.value;
  if (sample.invented) invented.push(`${plainName(parameter.name)} = ${plainName(JSON.stringify(value)).slice(0, 60)}`);
  return value;
}

/** What an object with `example` or `examples` gives, in the words of OpenAPI: a parameter or a media type. */
export function exampleOf(holder: unknown, references: References): unknown {
  const example = at(holder, 'example');
  if (example !== undefined) return example;
  const first = Object.values(mapAt(holder, 'examples') ?? {})[0];
  return first === undefined ? undefined : at(references.follow(first), 'value');
}
