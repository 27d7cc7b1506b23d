import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attached, createScenarioFolder, failureOf, type ScenarioFolder } from '../testing/scenario-folder.ts';

let shop: ScenarioFolder;
beforeAll(async () => {
  shop = await createScenarioFolder();
});
afterAll(() => shop.remove());

const login = '{ post: { url: /login, capture: { json: $.token, as: token } } }';
const use = '{ get: "/me?t={{ token }}" }';

/** ▸ marks the place that the failure must name. */
async function refused(marked: string) {
  const failure = await failureOf(shop.load(marked.replace('▸', '')));
  const lines = marked.slice(0, marked.indexOf('▸')).split('\n');
  expect(failure.at).toMatchObject({ line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 });
  return failure;
}

describe('a name in a step', () => {
  it.each([
    ['what an earlier step of its flow captured', `flows: [{ steps: [${login}, { think: 1ms }, ${use}] }]`],
    ['what before captured, in before itself too', `before: [${login}, ${use}]\nflows: [{ steps: [${use}] }]`],
    ['what before captured, in after', `before: [${login}]\nflows: [{ steps: [{ get: / }] }]\nafter: [${use}]`],
    ['what an earlier step captured anew', `flows: [{ steps: [${login}, ${login}, ${use}] }]`],
    [
      'data, in before and after',
      'data: [{ as: d, range: [1, 2] }]\nbefore: [{ get: "/{{ d }}" }]\nflows: [{ steps: [{ get: / }] }]',
    ],
    ['braces in what is expected', 'flows: [{ steps: [{ get: { url: /, expect: { contains: "{{ }}" } } }] }]'],
  ])('may be %s', async (_, rest) => {
    await shop.load(`${attached}${rest}\n`);
  });

  it.each([
    ['is used before it is captured', `flows: [{ steps: [{ get: ▸"/{{ token }}" }, ${login}] }]`],
    [
      'is used before it is captured',
      'flows: [{ steps: [{ get: { url: ▸"/{{ a }}", capture: { json: $.a, as: a } } }] }]',
    ],
    ['is used before it is captured', `before: [{ get: ▸"/{{ token }}" }, ${login}]\nflows: [{ steps: [{ get: / }] }]`],
    ['is captured elsewhere', `flows: [{ steps: [${login}] }, { steps: [{ get: ▸"/{{ token }}" }] }]`],
    ['is captured elsewhere', `flows: [{ steps: [${login}] }]\nafter: [{ get: ▸"/{{ token }}" }]`],
    ['is captured elsewhere', `flows: [{ steps: [${login}] }]\nvariants: { a: { headers: { x: ▸"{{ token }}" } } }`],
    [
      'is `order: unique`, of which before takes no row',
      'data: [{ as: token, range: [1, 9], order: unique }]\nbefore: [{ get: ▸"/{{ token }}" }]\nflows: [{ steps: [{ get: / }] }]',
    ],
  ])('%s', async (reason, rest) => {
    const failure = await refused(`${attached}${rest}\n`);
    expect(failure.code).toBe('scenario-name-not-known-here');
    expect(failure.message.replace(/^\{\{ \w+ \}\} /, '')).toBe(reason);
  });

  it('is not filled into what is expected or captured', async () => {
    for (const keys of ['expect: { contains: ▸"{{ token }}" }', 'capture: { as: a, regex: ▸"{{ token }}" }']) {
      const failure = await refused(`${attached}flows: [{ steps: [${login}, { get: { url: /, ${keys} } }] }]\n`);
      expect(failure.message).toContain('holds {{ token }}, and nothing is filled in there');
    }
  });

  it('that nothing supplies is told beside those that are known there', async () => {
    const failure = await refused(
      `${attached}flows: [{ steps: [${login}, { get: { url: /, query: { a: ▸"{{ tokn }}" } } }] }]\n`,
    );
    expect(failure.message).toBe('{{ tokn }} is not defined');
    expect(failure.hint).toBe('known here: "token"');
  });

  it('of the target must be known to every step that bears it', async () => {
    const target = 'target: { url: http://127.0.0.1:3000, auth: { bearer: ▸"{{ token }}" } }\n';
    const rest = (auth: string) =>
      `before: [{ post: { url: /login, ${auth}capture: { json: $.token, as: token } } }]\nflows: [{ steps: [{ get: / }] }]\n`;
    expect((await refused(`${target}${rest('')}`)).message).toBe('{{ token }} is used before it is captured');
    await shop.load(`${target}${rest('auth: none, ')}`.replace('▸', ''));
  });
});
