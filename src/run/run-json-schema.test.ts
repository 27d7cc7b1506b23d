import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { renderJson } from '../report/json/render-json.ts';
import { sampleDiagnosis, sampleRun } from '../testing/sample-run.ts';
import { runJsonSchema } from './run-json-schema.ts';
import { runShape } from './run-shape.ts';

const validate = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true }).compile(runJsonSchema());

describe('the JSON Schema of run.json', () => {
  test('is the one that is published: `npm run schema` writes it', async () => {
    const published = JSON.parse(await readFile(new URL('../../schema/run.schema.json', import.meta.url), 'utf8'));
    expect(published).toEqual(JSON.parse(JSON.stringify(runJsonSchema())));
  });

  test.each([
    ['a comparison', sampleRun().run],
    ['a diagnosis', sampleDiagnosis().run],
  ])('is what %s satisfies', (_name, run) => {
    validate(JSON.parse(renderJson(run)));
    expect(validate.errors).toBeNull();
  });

  test('refuses what the reader refuses, wherever a value is missing or of another kind', () => {
    const text = renderJson(sampleRun().run);
    const places = placesOf(JSON.parse(text));
    expect(places.length).toBeGreaterThan(100);
    for (const place of places) {
      for (const value of [undefined, null, 'x', 7, [], {}]) {
        const document = put(JSON.parse(text), place, value);
        expect(validate(document), `${place.join('.')} = ${JSON.stringify(value)}`).toBe(isRead(document));
      }
    }
  });
});

function isRead(document: unknown): boolean {
  try {
    runShape(document, '');
    return true;
  } catch {
    return false;
  }
}

/** Paths to everything in a document; of a list, to its first entry. */
function placesOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Object.entries(value).slice(0, Array.isArray(value) ? 1 : undefined);
  return [...(path.length > 0 ? [path] : []), ...entries.flatMap(([key, entry]) => placesOf(entry, [...path, key]))];
}

/** As JSON has it: what is undefined is not there. */
function put(document: unknown, place: readonly string[], value: unknown): unknown {
  const last = place.at(-1) ?? '';
  let parent = document as Record<string, unknown>;
  for (const key of place.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
  parent[last] = value;
  return JSON.parse(JSON.stringify(document));
}
