import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attached,
  createScenarioFolder,
  failureOf,
  launched,
  oneFlow,
  type ScenarioFolder,
} from '../testing/scenario-folder.ts';

let shop: ScenarioFolder;
beforeAll(async () => {
  shop = await createScenarioFolder();
});
afterAll(() => shop.remove());

const variantsOf = async (variants: string, target = launched) =>
  (await shop.load(`${target}${oneFlow}variants: ${variants}\n`)).variants;
const atOwnPort = 'target: { url: "http://127.0.0.1:${PORT}", env: { A: "1" } }\n';

describe('variants', () => {
  it('have commands of their own, in the words of a shell and with the port of their process', async () => {
    const variants = await variantsOf(
      `{ before: {}, after: { command: "node 'my app.js' \${PORT}", env: { B: "2" } } }`,
    );
    expect(variants).toEqual([
      { name: 'before', env: {}, headers: {} },
      { name: 'after', command: ['node', 'my app.js', '${PORT}'], env: { B: '2' }, headers: {} },
    ]);
  });

  it('need no command of the target where each has its own', async () => {
    const variants = await variantsOf(
      '{ before: { command: node a.js }, after: { command: [node, b.js] } }',
      atOwnPort,
    );
    expect(variants.map(({ command }) => command)).toEqual([
      ['node', 'a.js'],
      ['node', 'b.js'],
    ]);
  });

  it('run already where they have a url, beside one that is started or runs too', async () => {
    const canary = '{ stable: {}, canary: { url: "http://127.0.0.1:4000/", headers: { X-A: b } } }';
    for (const target of [launched, attached]) {
      expect((await variantsOf(canary, target))[1]).toEqual({
        name: 'canary',
        url: 'http://127.0.0.1:4000',
        env: {},
        headers: { 'x-a': 'b' },
      });
    }
  });

  it.each([
    [
      '{ a: {}, b: { command: node x.js, url: "http://127.0.0.1:4000" } }',
      launched,
      'variants.b.url: stands beside command',
    ],
    [
      '{ a: {}, b: { command: node x.js } }',
      attached,
      'variants.b.command: would listen where another variant runs already',
    ],
    ['{ a: {}, b: { command: "node \'x" } }', launched, "variants.b.command: the quote ' is not closed"],
    [
      '{ a: {}, b: { url: "http://127.0.0.1:${PORT}" } }',
      launched,
      'variants.b.url: ${PORT} is the port of a process, and none is started',
    ],
    ['{ a: {}, b: { url: "http://127.0.0.1/x" } }', launched, 'variants.b.url: holds more than scheme, host and port'],
    [
      '{ a: {}, b: { url: "http://127.0.0.1:1", env: { A: "1" } } }',
      launched,
      'variants.b.env: has no effect on a service that is already running',
    ],
    [
      '{ a: { url: "http://127.0.0.1:1" }, b: {} }',
      'target: { url: "http://127.0.0.1:2", env: { A: "1" } }\n',
      'target.env: has no effect on a service that is already running',
    ],
    ['{ a: {}, b: { command: node x.js } }', atOwnPort, 'target.url: ${PORT} is the port of a process'],
    [
      '{ a: {}, b: { url: "http://canary.example.com" } }',
      launched,
      'load is not sent to canary.example.com: it is not this machine',
    ],
  ])('%s are refused', async (variants, target, message) => {
    const failure = await failureOf(variantsOf(variants, target));
    expect(failure.message).toContain(message);
    expect(failure.at?.line).toBeGreaterThan(0);
  });
});

it('indexes are tried on a copy, or in a transaction where that is said', async () => {
  const url = 'url: "postgres://127.0.0.1/shop"';
  const plain = await shop.load(`${launched}${oneFlow}database: { ${url} }\n`);
  expect(plain.database).not.toHaveProperty('trial');
  const allowed = await shop.load(`${launched}${oneFlow}database: { ${url}, trial: transaction }\n`);
  expect(allowed.database).toMatchObject({ trial: 'transaction', scratch: false });
});

describe('isolated variants', () => {
  const database = (keys: string) => `database: { ${keys}, isolate: true }\n`;
  const url = 'url: "postgres://127.0.0.1/shop"';

  it('have a copy where copies may be made', async () => {
    const embedded = await shop.load(`${launched}${oneFlow}${database('embedded: {}')}`);
    expect(embedded.database).toMatchObject({ isolate: true, scratch: true });
    const allowed = await shop.load(`${launched}${oneFlow}${database(`${url}, scratch: true`)}`);
    expect(allowed.database).toMatchObject({ isolate: true });
  });

  it.each([
    [launched + database(url), 'makes copies of the database, which scratch does not allow'],
    [attached + database(`${url}, scratch: true`), 'cannot give a service that is already running another database'],
    [
      `${launched}${database(`${url}, scratch: true`)}variants: { a: {}, b: { url: "http://127.0.0.1:1" } }\n`,
      'cannot give a service that is already running another database',
    ],
  ])('are refused elsewhere', async (written, message) => {
    const failure = await failureOf(shop.load(written + oneFlow));
    expect(failure).toMatchObject({ message: `database.isolate: ${message}`, at: { line: 2 } });
  });
});
