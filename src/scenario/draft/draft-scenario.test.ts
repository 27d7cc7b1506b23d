import { readdirSync, readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure, type FailureCode } from '../../model/failure.ts';
import { createRandom } from '../../model/random.ts';
import type { Scenario } from '../../model/scenario.ts';
import { createScenarioFolder, type ScenarioFolder } from '../../testing/scenario-folder.ts';
import { draftScenario } from './draft-scenario.ts';
import { besideReader } from './read-source.ts';
import { renderDraft } from './render-draft.ts';

const folder = 'fixtures/init';
const examples = ['shop-openapi.yaml', 'shop.har', 'shop-artillery.yml'] as const;

let work: ScenarioFolder;
beforeAll(async () => {
  work = await createScenarioFolder();
  await copyFile(join(folder, 'shop-users.csv'), join(work.folder, 'shop-users.csv'));
});
afterAll(() => work.remove());

function draft(file: string, text = readFileSync(join(folder, file), 'utf8'), writes = false) {
  const readBeside = besideReader(join(folder, file), folder);
  return draftScenario({ text, file, options: { writes }, readBeside });
}

function failureOf(action: () => unknown): Failure {
  try {
    action();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('expected a Failure, but nothing was wrong');
}

const load = (text: string): Promise<Scenario> => work.load(text, {});

describe('a draft', () => {
  it.each(examples)('of %s loads as it is, without any variable set', async (file) => {
    const scenario = await load(renderDraft(draft(file)));
    expect(scenario.flows.length).toBeGreaterThan(0);
  });

  it('loads with the operations that write, too', async () => {
    const drafted = draft('shop-openapi.yaml', undefined, true);
    const scenario = await load(renderDraft(drafted));
    const order = scenario.flows
      .flatMap(({ steps }) => steps)
      .find((step) => step.kind === 'request' && step.method === 'POST');
    expect(order).toMatchObject({
      url: '/v1/orders',
      expect: { statuses: [201] },
      body: {
        kind: 'text',
        text: '{ "customerId":1,"lines":[{ "article":"00000000-0000-4000-8000-000000000000","count":2 }],"note":"costs ${PRICE}, see {\\u007b note }}" }',
      },
    });
  });

  it.each(examples)('of %s holds no secret of its source', (file) => {
    expect(renderDraft(draft(file, undefined, true))).not.toMatch(/s3cr3t|hunter2/);
  });

  it.each(examples)('of a damaged %s is a Failure or loads', async (file) => {
    const intact = readFileSync(join(folder, file), 'utf8');
    const random = createRandom(11);
    const pick = (size: number) => Math.floor(random() * size);
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ':',
      '"',
      "'",
      '\n',
      '  ',
      '${',
      '${X}',
      '{{',
      '{{ x }}',
      ',',
      '\\u0000',
      '0',
      '-1',
      'null',
      '$ref',
      '/',
      '//',
      '\u2028',
      'é',
      '%',
      '#',
    ];
    let loaded = 0;
    for (let round = 0; round < 250; round++) {
      const start = pick(intact.length);
      const damaged = intact.slice(0, start) + pieces[pick(pieces.length)] + intact.slice(start + pick(8));
      let text: string;
      try {
        text = renderDraft(draft(file, damaged, true));
      } catch (error) {
        if (error instanceof Failure) continue;
        throw new Error(damaged, { cause: error });
      }
      await load(text).catch((cause: unknown) => {
        throw new Error(`${String(cause)}\n${text}`, { cause });
      });
      loaded += 1;
    }
    expect(loaded).toBeGreaterThan(20);
  });
});

describe('what is no source', () => {
  it.each<[string, FailureCode, RegExp]>([
    ['cut-off.har', 'draft-unreadable', /not JSON: it ends too early/],
    ['not-yaml.yaml', 'draft-unreadable', /not YAML/],
    ['alias-bomb.yaml', 'draft-unreadable', /aliases|values/],
    ['tag.yaml', 'draft-unreadable', /tag .*js\/function/],
    ['swagger-2.yaml', 'draft-unrecognised', /Swagger 2\.0/],
    ['broken-ref.yaml', 'draft-unreadable', /\$ref "#\/components\/parameters\/Missing" leads nowhere/],
    ['circular-ref.yaml', 'draft-unreadable', /leads in a circle/],
    ['no-operation.yaml', 'draft-empty', /POST \/a: it may change data/],
    ['no-entries.har', 'draft-empty', /there is no request/],
    ['only-loops.yml', 'draft-empty', /scenarios\[0\]\.flow\[0\]: loop has no counterpart/],
    ['something-else.yaml', 'draft-unrecognised', /neither an OpenAPI 3 document/],
  ])('%s is refused with %s', (file, code, words) => {
    const failure = failureOf(() => draft(join('hostile', file)));
    expect({ code: failure.code, message: failure.message }).toEqual({ code, message: expect.stringMatching(words) });
  });

  it('has an example for every file in the folder', () => {
    // Those that are no text are met by the reader: see the tests of the command.
    expect(readdirSync(join(folder, 'hostile')).length).toBe(11 + 2);
  });

  it('is told by its line where JSON or YAML is broken', () => {
    expect(failureOf(() => draft('x.json', '{\n  "a": 1,\n  b\n}')).at).toMatchObject({ line: 3, column: 3 });
    expect(failureOf(() => draft('x.yaml', 'a: 1\nb: [\n')).at).toMatchObject({ line: 3 });
  });

  it('is JSON or YAML that is nested a hundred thousand levels deep', () => {
    const deep = '['.repeat(100_000);
    expect(failureOf(() => draft('x.yaml', deep)).message).toMatch(/nested more than 200/);
    expect(failureOf(() => draft('x.json', deep + ']'.repeat(100_000))).message).toMatch(/nested more than 200/);
  });

  it('is another kind than the one that was named', () => {
    const text = readFileSync(join(folder, 'shop.har'), 'utf8');
    const wrong = () =>
      draftScenario({ text, file: 'shop.har', kind: 'openapi', options: {}, readBeside: () => undefined });
    expect(failureOf(wrong).message).toBe('shop.har is a HAR file, and not an OpenAPI 3 document');
  });

  it('is a scenario', () => {
    expect(failureOf(() => draft('x.yaml', 'target: { url: http://127.0.0.1:1 }\nflows: []\n')).message).toMatch(
      /scenario already/,
    );
  });
});

describe('aliases and merge keys', () => {
  it('are followed in an Artillery file', async () => {
    const text = `
config: { target: http://127.0.0.1:3000 }
base: &base { url: /a, headers: { accept: text/plain } }
scenarios: [{ flow: [{ get: { <<: *base, url: /b } }, { get: *base }] }]
`;
    const scenario = await load(renderDraft(draft('x.yml', text)));
    expect(scenario.flows[0]?.steps).toMatchObject([
      { url: '/b', headers: { accept: 'text/plain' } },
      { url: '/a', headers: { accept: 'text/plain' } },
    ]);
  });
});
