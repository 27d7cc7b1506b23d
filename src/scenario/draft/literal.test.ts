import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createScenarioFolder, type ScenarioFolder } from '../../testing/scenario-folder.ts';
import { dataName, hasPlaceholder, literal, plainName, slug, unusedName, urlLiteral } from './literal.ts';

let work: ScenarioFolder;
beforeAll(async () => {
  work = await createScenarioFolder();
});
afterAll(() => work.remove());

describe('a text that stands for itself', () => {
  it.each([
    '${HOME}',
    '$${HOME}',
    '$$$${a}',
    '${',
    'a ${b:-c} d',
    '$',
    '$$',
    '{$}',
    '}',
    'yes',
    '1.0',
    'null',
    '  x ',
    'a\nb',
    '# x',
    '${${}}',
  ])('%j reaches the service as it is', async (text) => {
    const body = literal(text);
    const scenario = await work.load(
      stringify({ target: { url: 'http://127.0.0.1:1' }, flows: [{ steps: [{ post: { url: '/', body } }] }] }),
      { HOME: 'the home', b: 'B', a: 'A' },
    );
    expect(scenario.flows[0]?.steps[0]).toMatchObject({ body: { text } });
  });

  it('has no escape where it holds two braces, or NUL', () => {
    expect(['{{ a }}', '{{', 'a\0', '{ {', '}}'].map(hasPlaceholder)).toEqual([true, true, true, false, false]);
  });
});

it('percent-encodes in a url what no request line may have', () => {
  expect(urlLiteral('/a b/{{x}}/é?q=${HOME}#\ud800')).toBe('/a%20b/%7B%7Bx%7D%7D/%C3%A9?q=$%7BHOME%7D%23%EF%BF%BD');
  expect(urlLiteral('/a%20b?c=d&e=[1]')).toBe('/a%20b?c=d&e=[1]');
});

it('makes names that are shown on one line and fill in nothing', () => {
  expect(plainName(' a\n\u001b[31m\u202e{{ b }} ${C} ')).toBe('a [31m { b } $${C}');
});

it('makes names for files that lead nowhere else', () => {
  expect(['Shop API', '../../etc/passwd', '', '...', 'Größe 2', 'a'.repeat(99)].map(slug)).toEqual([
    'shop-api',
    'etc-passwd',
    'scenario',
    'scenario',
    'größe-2',
    'a'.repeat(60),
  ]);
});

it('makes names that a template can reach, each only once', () => {
  expect(['user.id', '1st', 'a-b', '§', ''].map(dataName)).toEqual(['user_id', 'st', 'a-b', 'value', 'value']);
  expect(unusedName('a', (name) => ['a', 'a2'].includes(name))).toBe('a3');
});
