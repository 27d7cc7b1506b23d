import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure, type FailureCode } from '../model/failure.ts';
import { createRandom } from '../model/random.ts';
import { attached, createScenarioFolder, failureOf, oneFlow, type ScenarioFolder } from '../testing/scenario-folder.ts';
import { loadScenario } from './load-scenario.ts';

let shop: ScenarioFolder;
beforeAll(async () => {
  shop = await createScenarioFolder();
});
afterAll(() => shop.remove());

const everyKindOfStep = `target:
  url: https://127.0.0.1
  auth: { basic: { user: a, password: b } }
  tls: { insecure: true, servername: localhost }
  socket: /tmp/a.sock
load: { phases: [{ duration: 1s, rate: 5/s, rampTo: 90/m }], arrivals: poisson, connections: 5 }
before:
  - post: { url: /login, form: { a: [b, c] }, capture: { json: "$.a[?@.b == 'c'].d", as: token } }
flows:
  - steps:
      - get:
          url: /a
          query: { a: "{{ token }}" }
          auth: { bearer: "{{ token }}" }
          redirects: true
          expect: { status: [200, 304], json: { "$.a": [1] }, headers: { a: b }, contains: [a], maxBytes: 1kB }
          capture: [{ regex: '(a)(b)', as: b, group: 2, flags: i }, { header: c, as: c }]
      - post: { url: "/{{ b }}", json: { a: "{{ c }}" }, auth: none, timeout: 2s }
after: [{ post: { url: /logout, body: "{{ token }}" } }]
data: [{ as: d, values: [1, 2], order: unique }]
`;

describe('hostile files', () => {
  it.each<[string, string | Uint8Array, FailureCode, string]>([
    ['10 MB', 'a: b\n'.repeat(2_000_000), 'scenario-too-large', 'at most 256'],
    ['a byte that is no text', Uint8Array.of(0x61, 0x3a, 0x20, 0x00, 0xff), 'scenario-not-yaml', 'binary'],
    ['UTF-16', Buffer.from('\uFEFFname: x', 'utf16le'), 'scenario-not-yaml', 'UTF-8'],
    ['Latin-1', Buffer.from('name: caf\u00e9', 'latin1'), 'scenario-not-yaml', 'UTF-8'],
    ['tabs as indentation', 'target:\n\turl: x\n', 'scenario-not-yaml', 'Tabs'],
    ['two documents', `${attached}${oneFlow}---\na: 1\n`, 'scenario-not-yaml', 'several documents'],
    ['a tag', 'target: !!python/object:os.system x\n', 'scenario-unsafe-yaml', 'python/object'],
    ['a known tag that constructs', `name: !!binary aGVsbG8=\n${attached}${oneFlow}`, 'scenario-unsafe-yaml', 'binary'],
    [
      'YAML 1.1',
      `%YAML 1.1\n---\n${attached}${oneFlow}gate: { certain: yes }\n`,
      'scenario-wrong-type',
      'gate.certain',
    ],
    ['merge keys', `<<: { name: x }\n${attached}${oneFlow}`, 'scenario-unknown-key', '<<'],
    ['a circle', 'a: &a [*a]\n', 'scenario-unsafe-yaml', 'aliases'],
    ['an alias to nothing', 'a: *nothing\n', 'scenario-unknown-key', '"a"'],
    ['a hundred thousand brackets', '['.repeat(100_000), 'scenario-unsafe-yaml', 'nested'],
    ['deep nesting', `a: ${'['.repeat(100)}${']'.repeat(100)}`, 'scenario-unsafe-yaml', '64 levels'],
    ['__proto__', `__proto__: { polluted: true }\n${attached}${oneFlow}`, 'scenario-unsafe-yaml', '__proto__'],
    [
      '__proto__ in a body',
      `${attached}flows: [{ steps: [{ post: { url: /, json: { __proto__: 1 } } }] }]`,
      'scenario-unsafe-yaml',
      '__proto__',
    ],
    ['constructor', `constructor: 1\n${attached}${oneFlow}`, 'scenario-unknown-key', '"constructor"'],
    ['NUL in a value', `name: "a\\0b"\n${attached}${oneFlow}`, 'scenario-unsafe-yaml', 'NUL'],
    ['a key of 100,000 letters', `? ${'k'.repeat(100_000)}\n: 1`, 'scenario-unknown-key', 'unknown key'],
  ])('%s', async (_, content, code, words) => {
    const failure = await failureOf(shop.load(content));
    expect(failure.code, failure.message).toBe(code);
    expect(failure.message).toContain(words);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('refuses a billion laughs at once', async () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const items = Array.from({ length: 9 }, () => (level === 0 ? 'lol' : `*l${level - 1}`)).join(', ');
      return `l${level}: &l${level} [${items}]`;
    });
    const startedAt = performance.now();
    expect((await failureOf(shop.load(levels.join('\n')))).code).toBe('scenario-unsafe-yaml');
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('finds a duplicate among 20,000 keys without comparing all pairs', async () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n');
    const failure = await failureOf(shop.load(`${keys}\nk7: 2\n`));
    expect(failure).toMatchObject({ code: 'scenario-not-yaml', at: { line: 20_001, column: 1 } });
  });

  it('reads a byte order mark, CRLF and harmless aliases', async () => {
    const content = `\uFEFF${attached}x: 1`
      .replace('x: 1', 'flows:\n  - &f { steps: [{ get: / }] }\n  - *f\n')
      .replaceAll('\n', '\r\n');
    const scenario = await shop.load(content);
    expect(scenario.flows.map((flow) => flow.name)).toEqual(['GET /', 'flow-2']);
    expect(scenario.positions.target).toMatchObject({ line: 1, column: 1 });
    expect(scenario.positions['flows.0']).toMatchObject({ line: 3, column: 8 });
  });

  it('says what is there instead of a file', async () => {
    expect(await failureOf(loadScenario(shop.folder, {}))).toMatchObject({
      code: 'scenario-unreadable',
      message: `${shop.folder} cannot be read: it is a folder`,
    });
    expect((await failureOf(loadScenario('/dev/zero', {}))).message).toContain('not a regular file');
    expect((await failureOf(loadScenario(join(shop.folder, 'none.yaml'), {}))).code).toBe('scenario-not-found');
    expect((await failureOf(loadScenario('', {}))).code).toBe('scenario-not-found');
  });

  it('meets no damaged file with anything but a Failure', async () => {
    const example = await readFile('scenarios/orders.yaml', 'utf8');
    // The paths in it lead nowhere from here, and would hide what comes after them.
    const intact = example.replace(/^ +cwd:.*\n/m, '').replace(/^database:\n(?: .*\n)+/m, '');
    const examples = [intact, everyKindOfStep];
    for (const content of examples) await shop.load(content);
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ':',
      '- ',
      '? ',
      ': ',
      '"',
      "'",
      '&a ',
      '*a',
      '!!x ',
      '|',
      '>',
      '#',
      '\n',
      '\t',
      '  ',
      '%',
      '${',
      '{{',
      ',',
      '\0',
      '~',
    ];
    const random = createRandom(7);
    const pick = (size: number) => Math.floor(random() * size);
    for (let round = 0; round < 400; round++) {
      const content = examples[round % examples.length] ?? '';
      const at = pick(content.length);
      const damaged = content.slice(0, at) + pieces[pick(pieces.length)] + content.slice(at + pick(12));
      const outcome = await shop.load(damaged, {}).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (outcome !== undefined && !(outcome instanceof Failure)) throw new Error(damaged, { cause: outcome });
      if (outcome instanceof Failure) expect(outcome.at, `${outcome.message}\n${damaged}`).toBeDefined();
    }
  });
});
