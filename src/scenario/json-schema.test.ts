import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { endpointsOf } from '../model/scenario.ts';
import { createScenarioFolder } from '../testing/scenario-folder.ts';
import { scenarioJsonSchema } from './json-schema.ts';

interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly items?: Described;
  readonly anyOf?: readonly Described[];
}

/** Paths of the keys below `schema` that an editor could say nothing about. */
function undescribed(schema: Described, path: string): readonly string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, property]) => [
    ...(property.description === undefined ? [`${path}.${key}`] : []),
    ...undescribed(property, `${path}.${key}`),
  ]);
  const nested = [...(schema.items ? [schema.items] : []), ...(schema.anyOf ?? [])];
  return [...own, ...nested.flatMap((item) => undescribed(item, path))];
}

describe('the JSON Schema', () => {
  const published = new URL('../../schema/scenario.schema.json', import.meta.url);

  it('is the one in the repository: `npm run build && node scripts/write-schema.js` writes it', async () => {
    expect(JSON.parse(await readFile(published, 'utf8'))).toEqual(scenarioJsonSchema());
  });

  it('describes every key', () => {
    expect(undescribed(scenarioJsonSchema() as Described, '')).toEqual([]);
  });

  it('accepts the example and variables in place of numbers, and refuses a mistyped key', async () => {
    const schema = z.fromJSONSchema(scenarioJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
    const orders: Record<string, unknown> = parse(await readFile('scenarios/orders.yaml', 'utf8'));
    expect(schema.safeParse(orders).error).toBeUndefined();
    expect(schema.safeParse({ ...orders, load: { rounds: '${ROUNDS:-8}', warmup: '${W}' } }).success).toBe(true);
    expect(schema.safeParse({ ...orders, load: { rounds: '8' } }).success).toBe(false);
    expect(schema.safeParse({ ...orders, laod: {} }).success).toBe(false);
  });
});

/** Every key below `schema`, at any depth. */
function keysOf(schema: Described): readonly string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, property]) => [key, ...keysOf(property)]);
  const nested = [...(schema.items ? [schema.items] : []), ...(schema.anyOf ?? [])];
  return [...own, ...nested.flatMap(keysOf)];
}

describe('docs/scenario.md', () => {
  it('names every key of the schema', async () => {
    const page = await readFile('docs/scenario.md', 'utf8');
    const keys = [...new Set(keysOf(scenarioJsonSchema() as Described))];
    expect(keys.length).toBeGreaterThan(50);
    expect(keys.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
  });

  it('begins with an example that loads', async () => {
    const page = await readFile('docs/scenario.md', 'utf8');
    const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const shop = await createScenarioFolder();
    try {
      await writeFile(join(shop.folder, 'users.csv'), 'name\nAda\n');
      const scenario = await shop.load(example, { DATABASE_URL: 'postgresql://localhost/shop' });
      expect(scenario.variants.map((variant) => variant.name)).toEqual(['before', 'after']);
      expect(endpointsOf(scenario)).toEqual(['GET /products', 'GET /products/:productId', 'POST /orders']);
    } finally {
      await shop.remove();
    }
  });
});
