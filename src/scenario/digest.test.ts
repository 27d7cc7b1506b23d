import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attached, createScenarioFolder, launched, oneFlow, type ScenarioFolder } from '../testing/scenario-folder.ts';
import type { Environment } from './variables.ts';

let shop: ScenarioFolder;
beforeAll(async () => {
  shop = await createScenarioFolder();
});
afterAll(() => shop.remove());

describe('the digest', () => {
  const digest = async (content: string, env: Environment = {}) => (await shop.load(content, env)).digest;
  const withUrl = `${attached}${oneFlow}database: { url: "\${DB}" }\n`;

  it('does not depend on the values of variables, on order, comments, written defaults or the gate', async () => {
    const one = await digest(withUrl, { DB: 'postgres://a:secret@one/x' });
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(await digest(withUrl, { DB: 'postgres://b@two/y' })).toBe(one);
    const rewritten = `# shop\ndatabase:\n  url: "\${DB}"\n${oneFlow}${attached}load: { rounds: { min: 6, max: 12 } }\ngate: { margin: 3% }\n`;
    expect(await digest(rewritten, { DB: 'postgres://b@two/y' })).toBe(one);
  });

  it('changes with what decides the numbers', async () => {
    const base = await digest(`${launched}${oneFlow}`);
    const others = [
      `${launched}${oneFlow}load: { rounds: 9 }`,
      `${launched}flows: [{ steps: [{ get: /x }] }]`,
      `${launched}${oneFlow}variants: { a: {}, b: {} }`,
      `${launched}${oneFlow}variants: { b: {}, a: {} }`,
    ];
    const digests = await Promise.all(others.map((content, index) => shop.load(content, {}, `shop-${index}.yaml`)));
    expect(new Set([base, ...digests.map((scenario) => scenario.digest)]).size).toBe(5);
  });
});
