import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../model/failure.ts';
import { createRandom } from '../model/random.ts';
import type { LoadedRun, Run } from '../model/run.ts';
import { renderGithub } from '../report/github/render-github.ts';
import { renderHtml } from '../report/html/render-html.ts';
import { renderJunit } from '../report/junit/render-junit.ts';
import { renderMarkdown } from '../report/markdown/render-markdown.ts';
import { redactions, redactRuns } from '../report/redact/redact-run.ts';
import { renderTerminal } from '../report/terminal/render-terminal.ts';
import { sampleRun } from '../testing/sample-run.ts';
import { loadRun } from './load-run.ts';
import { saveRun } from './save-run.ts';

let root: string;
let saved: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'chokepoint-load-run-'));
  saved = await saveRun(sampleRun(), join(root, 'runs'), new AbortController().signal);
});
afterAll(() => rm(root, { recursive: true }));

async function copyOf(name: string): Promise<string> {
  const folder = join(root, name.replaceAll(' ', '-'));
  await cp(saved, folder, { recursive: true });
  return folder;
}

test('a run that was saved is read as it was', async () => {
  const { run, gathered } = await loadRun(saved);
  expect(run).toEqual(sampleRun().run);
  expect(gathered).toEqual(sampleRun().gathered);
  const catalogue = run.audits.map(({ id }) => id);
  for (const { outcomes } of Object.values(run.variants)) expect(Object.keys(outcomes)).toEqual(catalogue);
});

test('a second run of the same second is kept beside the first', async () => {
  const again = await saveRun(sampleRun(), join(root, 'runs'), new AbortController().signal);
  expect(again).toBe(`${saved}-2`);
  expect((await readdir(again)).sort()).toEqual((await readdir(saved)).sort());
});

test('a run whose writing is interrupted leaves nothing', async () => {
  const controller = new AbortController();
  const writing = saveRun(sampleRun(), join(root, 'interrupted'), controller.signal);
  setTimeout(() => controller.abort(), 20);
  await expect(writing).rejects.toMatchObject({ code: 'interrupted' });
  expect(await readdir(join(root, 'interrupted'))).toEqual(['.gitignore']);
});

describe('a damaged run', () => {
  test.each<[string, (run: Run) => unknown, string]>([
    ['of no version', ({ schemaVersion, ...run }) => run, 'it has no schemaVersion'],
    ['that is a list', (run) => [run], 'it has no schemaVersion'],
    ['that is null', () => null, 'it has no schemaVersion'],
    ['without variants', (run) => ({ ...run, variants: {} }), 'it has no variant'],
    ['with a text for its variants', (run) => ({ ...run, variants: 'two' }), 'variants must be a map, and is "two"'],
    [
      'with a verdict that does not exist',
      (run) => ({ ...run, comparison: { ...run.comparison, verdict: 'FINE' } }),
      'comparison.verdict must be one of REGRESSED, IMPROVED, OK, INCONCLUSIVE, and is "FINE"',
    ],
    [
      'that compares what it does not have',
      (run) => ({ ...run, comparison: { ...run.comparison, after: 'later' } }),
      'it compares a variant "later" that it does not have',
    ],
    [
      'that points out of its folder',
      (run) => withBefore(run, { artifacts: { ...run.variants.before?.artifacts, load: outside } }),
      'variants.before.artifacts.load.file must be a path inside of its folder, and is "../../../../etc/passwd"',
    ],
    [
      'with a flame graph that is a script',
      (run) => withBefore(run, { flameGraph: 'javascript:alert(1)' }),
      'variants.before.flameGraph must be a path inside of its folder',
    ],
  ])('%s is told what is wrong', async (name, change, reason) => {
    const folder = await copyOf(name);
    await writeFile(join(folder, 'run.json'), JSON.stringify(change(sampleRun().run)));
    await expect(loadRun(folder)).rejects.toMatchObject({
      code: 'run-damaged',
      message: expect.stringContaining(reason),
    });
  });

  test.each<[string, string, string, string]>([
    ['plans without a list', 'plans.json', '{"statements":7}', 'statements must be a list, and is 7'],
    ['a cut artifact', 'load.json', '{"connections":1', 'it is not JSON'],
    [
      'a stack that goes round in circles',
      'profile.json',
      JSON.stringify({ runtime: 'node', flows: [{ ...flow(), profile: { ...stack(), parent: [-1, 1] } }] }),
      'flows.0.profile.parent.1 must be a node before it',
    ],
    ['a plan without end', 'plans.json', `{"statements":${'['.repeat(60_000)}${']'.repeat(60_000)}}`, 'statements.0'],
  ])('with %s is told which file it is', async (name, file, content, reason) => {
    const folder = await copyOf(name);
    await writeFile(join(folder, 'artifacts/before', file), content);
    await expect(loadRun(folder)).rejects.toMatchObject({
      code: 'run-damaged',
      message: expect.stringMatching(new RegExp(`artifacts/before/${file} is damaged: .*${escaped(reason)}`)),
    });
  });

  test('without the file of an artifact is read without it', async () => {
    const folder = await copyOf('in part');
    await rm(join(folder, 'artifacts/before/load.json'));
    const { gathered } = await loadRun(folder);
    expect(gathered.before?.load).toEqual({
      status: 'missing',
      reason: 'artifacts/before/load.json is not beside run.json',
    });
  });
});

test('whatever is changed in a run, it is refused or can be shown', async () => {
  const folder = await copyOf('changed');
  const random = createRandom(7);
  const files = ['run.json', ...['load', 'profile', 'queries', 'plans'].map((key) => `artifacts/before/${key}.json`)];
  let refused = 0;
  let shown = 0;
  for (const file of files) {
    const path = join(folder, file).replace('queries.json', 'queries.ndjson');
    const text = await readFile(path, 'utf8');
    const places = placesOf(JSON.parse(text));
    for (let change = 0; change < 60; change++) {
      const document = JSON.parse(text) as unknown;
      const place = places[Math.floor(random() * places.length)] ?? [];
      const value = [undefined, null, 'x', -1, [], {}, true, [null]][Math.floor(random() * 8)];
      await writeFile(path, JSON.stringify(put(document, place, value)));
      const loaded = await loadRun(folder).catch((error: unknown) => {
        expect(error, `${file} ${place.join('.')}`).toBeInstanceOf(Failure);
      });
      if (loaded) show(loaded);
      if (loaded) shown++;
      else refused++;
    }
    await writeFile(path, text);
  }
  expect(refused).toBeGreaterThan(50);
  expect(shown).toBeGreaterThan(10);
});

function show(loaded: LoadedRun): void {
  renderTerminal(loaded, { width: 80, color: false, showParameters: true });
  renderMarkdown(loaded, { showParameters: true });
  renderHtml(loaded, { showParameters: true });
  renderJunit([loaded]);
  renderGithub([loaded], { root: '/' });
  redactRuns([loaded], redactions);
}

const outside = { status: 'gathered', file: '../../../../etc/passwd' };

const withBefore = (run: Run, change: object) => ({
  ...run,
  variants: { ...run.variants, before: { ...run.variants.before, ...change } },
});

const stack = () => ({
  frames: [{ name: 'f', file: '', kind: 'user' }],
  parent: [-1, 0],
  frame: [0, 0],
  selfUs: [1, 1],
  totalUs: 2,
});

const flow = () => ({ flow: 'f', endpoints: ['GET /'], requests: 1, windowMs: 1, samplingUs: 1, profile: stack() });

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Paths to everything in a document; of a list, to its first two entries. */
function placesOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Object.entries(value).slice(0, Array.isArray(value) ? 2 : undefined);
  return [...(path.length > 0 ? [path] : []), ...entries.flatMap(([key, entry]) => placesOf(entry, [...path, key]))];
}

function put(document: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const map = document as Record<string, unknown>;
  map[key] = put(map[key], rest, value);
  return document;
}
