import { z } from 'zod';
import { scenarioSchema } from './schema.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** A value that holds a variable: what it will be is known only when the scenario is loaded. */
const variable = { type: 'string', pattern: '\\$\\{' } as const;

/**
 * The JSON Schema (draft 7, which editors know best) of a scenario file, with a description for every key.
 *
 * It says what the loader says, apart from what no schema can: that files exist, that names are defined.
 */
export function scenarioJsonSchema(): object {
  const schema = z.toJSONSchema(scenarioSchema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      for (const [key, property] of Object.entries(jsonSchema.properties ?? {})) {
        if (typeof property === 'object' && jsonSchema.properties) jsonSchema.properties[key] = orVariable(property);
      }
    },
  });
  return { ...schema, title: 'A chokepoint scenario' };
}

function orVariable(property: JsonSchema): JsonSchema {
  const { type, pattern, enum: values, minimum, maximum, exclusiveMinimum, ...rest } = property;
  const branches = property.anyOf ?? [];
  if (branches.some(isTyped) && !branches.some(isText)) return { ...property, anyOf: [...branches, variable] };
  if (!isTyped(property) && pattern === undefined && values === undefined) return property;
  const constraints = Object.entries({ type, pattern, enum: values, minimum, maximum, exclusiveMinimum });
  const literal = Object.fromEntries(constraints.filter(([, constraint]) => constraint !== undefined));
  return { ...rest, anyOf: [literal, variable] };
}

/** Whether no text is one of its values. */
function isTyped(property: JsonSchema | boolean): boolean {
  return typeof property === 'object' && ['integer', 'number', 'boolean'].includes(String(property.type));
}

/** Whether a variable is one of its values: any text is, or it was added before. */
function isText(property: JsonSchema | boolean): boolean {
  return (
    typeof property === 'object' &&
    property.type === 'string' &&
    (property.pattern === undefined || property.pattern === variable.pattern)
  );
}
