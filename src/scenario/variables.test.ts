import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attached, createScenarioFolder, failureOf, oneFlow, type ScenarioFolder } from '../testing/scenario-folder.ts';

let shop: ScenarioFolder;
beforeAll(async () => {
  shop = await createScenarioFolder();
});
afterAll(() => shop.remove());

describe('variables', () => {
  const env = { N: '20', FLAG: 'true', TOKEN: '0123', EMPTY: '', PORT: '9' };

  it('take the type that their key wants, quoted or not', async () => {
    const load = 'load: { connections: "${N}", rounds: "${NO:-3}" }\n';
    const scenario = await shop.load(
      `name: ${'${N}'}\n${attached}${oneFlow}${load}gate:\n  certain: ${'${FLAG}'}\n`,
      env,
    );
    expect(scenario.load).toMatchObject({ model: { kind: 'closed', connections: 20 }, rounds: { least: 3, most: 3 } });
    expect(scenario.gate.certain).toBe(true);
    expect(scenario.name).toBe('20');
  });

  it('take one of the types that their key may have', async () => {
    const request = '{ url: /, redirects: "${N}", expect: { status: "${STATUS}" } }';
    const scenario = await shop.load(`${attached}flows: [{ steps: [{ get: ${request} }] }]`, { ...env, STATUS: '204' });
    expect(scenario.flows[0]?.steps[0]).toMatchObject({ redirects: 20, expect: { statuses: [204] } });
  });

  it('are refused where what they hold has another type, and so are numbers that are written as text', async () => {
    const failure = await failureOf(shop.load(`${attached}${oneFlow}load: { connections: "${'${FLAG}'}" }\n`, env));
    expect(failure.message).toBe('load.connections must be a number, not true');
    const quoted = await failureOf(shop.load(`${attached}${oneFlow}load: { connections: "20" }\n`, env));
    expect(quoted.message).toBe('load.connections must be a number, not a string');
  });

  it('keep leading zeros, take defaults for what is unset or empty, and leave $${ alone', async () => {
    const headers =
      '{ a: "${TOKEN}", b: "0${TOKEN}", c: "${NO:-x y}", d: "${EMPTY:-z}", e: "[${EMPTY}]", f: "$${N}", g: "$N" }';
    const scenario = await shop.load(`${attached}flows: [{ steps: [{ get: { url: /, headers: ${headers} } }] }]`, env);
    const [step] = scenario.flows[0]?.steps ?? [];
    expect(step?.kind === 'request' && step.headers).toEqual({
      a: '0123',
      b: '00123',
      c: 'x y',
      d: 'z',
      e: '[]',
      f: '${N}',
      g: '$N',
    });
  });

  it('expand PORT where no process has one of its own', async () => {
    const target = 'target: { command: node x.js, url: "http://127.0.0.1:${PORT}", socket: "/tmp/x-${PORT}.sock" }\n';
    const scenario = await shop.load(`${target}flows: [{ steps: [{ get: "/\${PORT}" }] }]`, env);
    expect(scenario.target.socketPath).toBe('/tmp/x-${PORT}.sock');
    expect(scenario.target.url).toBe('http://127.0.0.1:${PORT}');
    expect(scenario.flows[0]?.name).toBe('GET /9');
  });

  it('are not nested, and what begins like one but is none is refused', async () => {
    const failure = await failureOf(
      shop.load(`${attached}flows: [{ steps: [{ post: { url: /, body: "\${a.b}" } }] }]`, env),
    );
    expect(failure.code).toBe('scenario-invalid-value');
    expect(failure.hint).toContain('$${');
  });
});
