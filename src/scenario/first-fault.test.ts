import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FailureCode } from '../model/failure.ts';
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

/** ▸ marks the place that the failure must name. */
describe('the first thing that is wrong', () => {
  it.each<readonly [string, string, FailureCode]>([
    ['the earliest of several', `${attached}load: { rounds: ▸0 }\nflows: 3\ngate: { x: 1 }`, 'scenario-invalid-value'],
    ['a mistyped key before the missing one', 'target: { ▸ulr: x }\nflows: []', 'scenario-unknown-key'],
    ['an empty file', '▸', 'scenario-wrong-type'],
    ['only a comment', '▸# nothing', 'scenario-wrong-type'],
    ['a list', '▸- a', 'scenario-wrong-type'],
    ['no steps', `${attached}flows: [{ steps: ▸[] }]`, 'scenario-invalid-value'],
    ['only pauses', `${attached}flows: [{ steps: ▸[{ think: 1s }] }]`, 'scenario-invalid-value'],
    ['an empty step', `${attached}flows: [{ steps: [▸{}] }]`, 'scenario-invalid-value'],
    ['two methods', `${attached}flows: [{ steps: [▸{ get: /, post: / }] }]`, 'scenario-invalid-value'],
    ['an unknown method', `${attached}flows: [{ steps: [{ ▸gett: / }] }]`, 'scenario-unknown-key'],
    ['a key inside a request', `${attached}flows: [{ steps: [{ get: { ▸ulr: / } }] }]`, 'scenario-unknown-key'],
    ['a request that is a number', `${attached}flows: [{ steps: [{ get: ▸3 }] }]`, 'scenario-wrong-type'],
    ['another host in a path', `${attached}flows: [{ steps: [{ get: ▸//evil.example }] }]`, 'scenario-invalid-value'],
    ['a url in a path', `${attached}flows: [{ steps: [{ get: ▸"http://a/" }] }]`, 'scenario-invalid-value'],
    ['a space in a path', `${attached}flows: [{ steps: [{ get: ▸/a b }] }]`, 'scenario-invalid-value'],
    [
      'a second request in a path',
      `${attached}flows: [{ steps: [{ get: ▸"/\\r\\nX: y" }] }]`,
      'scenario-invalid-value',
    ],
    [
      'a header in a header',
      `${attached}flows: [{ steps: [{ get: { url: /, headers: { a: ▸"b\\r\\nc: d" } } }] }]`,
      'scenario-invalid-value',
    ],
    [
      'a header that frames',
      `${attached}flows: [{ steps: [{ get: { url: /, headers: { ▸Content-Length: 3 } } }] }]`,
      'scenario-invalid-value',
    ],
    [
      'json and body',
      `${attached}flows: [{ steps: [{ post: { url: /, json: 1, body: ▸x } }] }]`,
      'scenario-invalid-value',
    ],
    [
      'a number that JSON has not',
      `${attached}flows: [{ steps: [{ post: { url: /, json: ▸{ a: .nan } } }] }]`,
      'scenario-invalid-value',
    ],
    ['braces without quotes', `${attached}flows: [{ steps: [{ get: {▸{ a }} }] }]`, 'scenario-not-yaml'],
    ['a placeholder that is none', `${attached}flows: [{ steps: [{ get: ▸"/{{ a b }}" }] }]`, 'scenario-unknown-data'],
    [
      'a repeated flow name',
      `${attached}flows:\n  - { name: a, steps: [{ get: / }] }\n  - { name: ▸a, steps: [{ get: / }] }`,
      'scenario-invalid-value',
    ],
    ['a number that is not whole', `${attached}${oneFlow}load: { rounds: ▸1.5 }`, 'scenario-wrong-type'],
    ['a number that is none', `${attached}${oneFlow}load: { rounds: ▸.nan }`, 'scenario-wrong-type'],
    ['an endless number', `${attached}${oneFlow}load: { connections: ▸.inf }`, 'scenario-wrong-type'],
    ['a negative number', `${attached}${oneFlow}load: { seed: ▸-1 }`, 'scenario-invalid-value'],
    ['a weight of zero', `${attached}flows: [{ weight: ▸0, steps: [{ get: / }] }]`, 'scenario-invalid-value'],
    ['a duration longer than a timer', `${attached}${oneFlow}load: { timeout: ▸999h }`, 'scenario-invalid-value'],
    ['a negative duration', `${attached}${oneFlow}load: { warmup: ▸-1s }`, 'scenario-invalid-duration'],
    ['a list for a duration', `${attached}${oneFlow}load: { warmup: ▸[1s] }`, 'scenario-wrong-type'],
    ['a ratio for a percentage', `${attached}${oneFlow}gate: { margin: ▸0.1 }`, 'scenario-invalid-value'],
    ['a metric that is none', `${attached}${oneFlow}gate: { metric: ▸p96 }`, 'scenario-invalid-value'],
    [
      'a date that is none',
      `${attached}${oneFlow}audits: { ignore: [{ audit: a, reason: b, until: ▸2027-02-30 }] }`,
      'scenario-invalid-value',
    ],
    ['three variants', `${attached}${oneFlow}variants: ▸{ a: {}, b: {}, c: {} }`, 'scenario-invalid-value'],
    ['a variant that is a path', `${attached}${oneFlow}variants: { ▸../a: {} }`, 'scenario-invalid-value'],
    ['a name that is a path', `name: ▸../../x\n${attached}${oneFlow}`, 'scenario-invalid-value'],
    ['a variant without effect', `${attached}${oneFlow}variants: { a: { env: ▸{ X: 1 } } }`, 'scenario-invalid-value'],
    ['a port without a process', `target: { url: ▸"http://127.0.0.1:\${PORT}" }\n${oneFlow}`, 'scenario-invalid-value'],
    ['a path in the url', `target: { url: ▸http://127.0.0.1:3000/api }\n${oneFlow}`, 'scenario-invalid-value'],
    ['a password in the url', `target: { url: ▸http://a:b@127.0.0.1 }\n${oneFlow}`, 'scenario-invalid-value'],
    ['another protocol', `target: { url: ▸file:///etc/passwd }\n${oneFlow}`, 'scenario-invalid-value'],
    ['no url', `target: { url: ▸localhost }\n${oneFlow}`, 'scenario-invalid-value'],
    [
      'a folder that is none',
      `target: { url: http://127.0.0.1:1, cwd: ▸nowhere }\n${oneFlow}`,
      'scenario-invalid-value',
    ],
    [
      'two databases',
      `${launched}${oneFlow}database: { url: ▸postgres://a/b, embedded: {} }`,
      'scenario-invalid-value',
    ],
    ['no database', `${launched}${oneFlow}database: ▸{ scratch: true }`, 'scenario-invalid-value'],
    ['a database that nobody can use', `${attached}${oneFlow}database: { embedded: ▸{} }`, 'scenario-invalid-value'],
    ['another database', `${launched}${oneFlow}database: { url: ▸mysql://a/b }`, 'scenario-invalid-value'],
    [
      'a folder as a setup file',
      `${launched}${oneFlow}database: { embedded: { setup: [▸.] } }`,
      'scenario-invalid-value',
    ],
    ['a reversed range', `${attached}${oneFlow}data: [{ as: a, range: ▸[2, 1] }]`, 'scenario-invalid-value'],
    ['a range of three', `${attached}${oneFlow}data: [{ as: a, range: ▸[1, 2, 3] }]`, 'scenario-invalid-value'],
    ['data without values', `${attached}${oneFlow}data: [▸{ as: a }]`, 'scenario-invalid-value'],
    [
      'uneven values',
      `${attached}${oneFlow}data: [{ as: a, values: [{ b: 1 }, ▸{ c: 1 }] }]`,
      'scenario-invalid-value',
    ],
    [
      'repeated data',
      `${attached}${oneFlow}data: [{ as: a, range: [1, 2] }, { as: ▸a, range: [1, 2] }]`,
      'scenario-invalid-value',
    ],
  ])('%s', async (_, marked, code) => {
    const failure = await failureOf(shop.load(marked.replace('▸', '')));
    const before = marked.slice(0, marked.indexOf('▸')).split('\n');
    const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    expect(failure, failure.message).toMatchObject({ code, at: place });
    expect(failure.message).not.toMatch(/undefined|\[object|\n/);
    expect(failure.hint).not.toMatch(/undefined|\[object|\n/);
  });

  it('never repeats what a variable held', async () => {
    const env = { SECRET: 'hunter2' };
    for (const content of [
      `${attached}${oneFlow}database: { url: "\${SECRET}" }`,
      `target: { url: "\${SECRET}" }\n${oneFlow}`,
      `${attached}${oneFlow}load: { connections: "\${SECRET}" }`,
      `${attached}${oneFlow}gate: { metric: "\${SECRET}" }`,
    ]) {
      const failure = await failureOf(shop.load(content, env));
      expect(`${failure.message}${failure.hint}`).not.toContain('hunter2');
    }
  });
});
