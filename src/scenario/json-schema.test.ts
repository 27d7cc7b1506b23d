import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { endpointsOf } from '../model/flow.ts';
import { certificates } from '../testing/certificates.ts';
import { attached, createScenarioFolder, oneFlow, type ScenarioFolder } from '../testing/scenario-folder.ts';
import { scenarioJsonSchema } from './json-schema.ts';

interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly items?: Described;
  readonly anyOf?: readonly Described[];
  readonly definitions?: Readonly<Record<string, Described>>;
}

/** What a schema holds besides its own properties. */
function nestedIn({ items, anyOf = [], definitions = {} }: Described): readonly Described[] {
  return [...(items ? [items] : []), ...anyOf, ...Object.values(definitions)];
}

/** Paths of the keys below `schema` that an editor could say nothing about. */
function undescribed(schema: Described, path: string): readonly string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, property]) => [
    ...(property.description === undefined ? [`${path}.${key}`] : []),
    ...undescribed(property, `${path}.${key}`),
  ]);
  return [...own, ...nestedIn(schema).flatMap((item) => undescribed(item, path))];
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
    const flows = (request: object) => ({ ...orders, flows: [{ steps: [{ get: { url: '/', ...request } }] }] });
    expect(schema.safeParse(flows({ redirects: '${HOPS}', expect: { status: '${STATUS}' } })).success).toBe(true);
    expect(schema.safeParse(flows({ redirects: 'many' })).success).toBe(false);
    expect(schema.safeParse(flows({ capture: { as: 'a', json: '$.a', header: 'b' } })).success).toBe(false);
  });
});

/** Every key below `schema`, at any depth. */
function keysOf(schema: Described): readonly string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, property]) => [key, ...keysOf(property)]);
  return [...own, ...nestedIn(schema).flatMap(keysOf)];
}

describe('docs/scenario.md', () => {
  it('names every key of the schema', async () => {
    const page = await readFile('docs/scenario.md', 'utf8');
    const keys = [...new Set(keysOf(scenarioJsonSchema() as Described))];
    expect(keys.length).toBeGreaterThan(50);
    expect(keys.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
  });

  describe('its examples', async () => {
    const page = await readFile('docs/scenario.md', 'utf8');
    const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example = '']) => example);
    const env = { DATABASE_URL: 'postgresql://localhost/shop', KEY_PASSPHRASE: certificates.client.passphrase };
    let shop: ScenarioFolder;
    beforeAll(async () => {
      shop = await createScenarioFolder();
      await mkdir(join(shop.folder, 'certs'));
      const files = {
        'users.csv': 'name\nAda\n',
        'users.ndjson': '{"name":"Ada","password":"x","city":"London"}\n',
        'vouchers.csv': 'code\na1\n',
        'photo.jpg': '',
        'certs/ca.pem': certificates.authority,
        'certs/client.pem': certificates.client.cert,
        'certs/client-key.pem': certificates.client.key,
      };
      for (const [name, content] of Object.entries(files)) await writeFile(join(shop.folder, name), content);
    });
    afterAll(() => shop.remove());

    it('begin with a whole one', async () => {
      const scenario = await shop.load(examples[0] ?? '', env);
      expect(scenario.variants.map((variant) => variant.name)).toEqual(['before', 'after']);
      expect(endpointsOf(scenario)).toEqual(['GET /products', 'GET /products/:productId', 'POST /orders']);
    });

    it.each(examples.slice(1).map((example) => [example.split('\n').slice(0, 2).join(' '), example]))(
      'load: %s',
      async (_, example) => {
        const parts = [example, /^target:/m.test(example) ? '' : attached, /^flows:/m.test(example) ? '' : oneFlow];
        expect((await shop.load(parts.join(''), env)).flows).toHaveLength(1);
      },
    );
  });
});
