import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { draftFromAnswers } from '../scenario/draft/from-answers.ts';
import { renderDraft } from '../scenario/draft/render-draft.ts';
import { createScenarioFolder, failureOf, type ScenarioFolder } from '../testing/scenario-folder.ts';
import { askScenario } from './ask-scenario.ts';

let work: ScenarioFolder;
beforeAll(async () => {
  work = await createScenarioFolder();
});
afterAll(() => work.remove());

/** Types one line after each question, and then ends the input. */
function typing(
  lines: readonly string[],
  given: Parameters<typeof askScenario>[0] = {},
  signal = new AbortController().signal,
) {
  const input = new PassThrough();
  const output = new PassThrough();
  const left = [...lines];
  const asked: string[] = [];
  output.setEncoding('utf8').on('data', (text: string) => {
    asked.push(text);
    if (!text.endsWith(': ')) return;
    const line = left.shift();
    if (line === undefined) input.end();
    else input.write(`${line}\n`);
  });
  return { asked, answers: askScenario(given, { input, output }, signal) };
}

describe('questions', () => {
  it('take what is usual for an empty line, and make a scenario that loads', async () => {
    const answers = await typing(['', '', '', '']).answers;
    expect(answers).toMatchObject({
      command: undefined,
      url: 'http://127.0.0.1:3000',
      paths: ['/'],
      load: { connections: 10 },
    });
    const scenario = await work.load(renderDraft(draftFromAnswers(answers)));
    expect(scenario).toMatchObject({
      load: { model: { kind: 'closed', connections: 10 } },
      variants: [{ name: 'default' }],
    });
  });

  it('make a comparison of a service that is started, with its database', async () => {
    const lines = [
      'node server.js',
      '',
      '/orders?limit=10, /users',
      '200/s',
      'DATABASE_URL',
      'FF_NEW',
      'off',
      '${HOME}',
    ];
    const scenario = await work.load(renderDraft(draftFromAnswers(await typing(lines).answers)));
    expect(scenario).toMatchObject({
      target: { command: ['node', 'server.js'], url: 'http://127.0.0.1:${PORT}' },
      database: { source: { kind: 'url' }, env: 'DATABASE_URL' },
      load: { model: { kind: 'open' } },
      flows: [{ steps: [{ url: '/orders?limit=10' }] }, { steps: [{ url: '/users' }] }],
      variants: [
        { name: 'before', env: { FF_NEW: 'off' } },
        { name: 'after', env: { FF_NEW: '${HOME}' } },
      ],
    });
  });

  it('are asked again where the answer is none, with the reason', async () => {
    const { asked, answers } = typing(['', 'localhost', 'http://localhost:1', 'orders', '/orders', '0', '5']);
    expect(await answers).toMatchObject({ url: 'http://localhost:1', paths: ['/orders'], load: { connections: 5 } });
    expect(asked.filter((text) => text.startsWith('  '))).toEqual([
      '  write it as http://127.0.0.1:3000\n',
      '  "orders" does not begin with one slash\n',
      '  write a number of connections (10), or a rate (200/s)\n',
    ]);
  });

  it('leave out what the command line has said', async () => {
    const { asked, answers } = typing(['/a', '1'], { url: 'http://127.0.0.1:9' });
    expect(await answers).toMatchObject({ url: 'http://127.0.0.1:9', paths: ['/a'] });
    expect(asked.filter((text) => text.endsWith(': '))).toHaveLength(2);
  });

  it('end as interrupted where the input ends', async () => {
    expect((await failureOf(typing(['']).answers)).code).toBe('interrupted');
  });

  it('end as interrupted on a signal', async () => {
    const controller = new AbortController();
    const answers = askScenario({}, { input: new PassThrough(), output: new PassThrough() }, controller.signal);
    controller.abort();
    expect((await failureOf(answers)).code).toBe('interrupted');
  });
});
