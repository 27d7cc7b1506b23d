import { cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PlansArtifact } from '../model/plans.ts';
import type { Run } from '../model/run.ts';
import { runJsonSchema } from '../run/run-json-schema.ts';
import { type CommandResult, createSandbox, type Sandbox } from '../testing/command-line.ts';

let sandbox: Sandbox;
let printed: CommandResult;
let folder: string;

beforeAll(async () => {
  sandbox = await createSandbox();
  printed = await sandbox.run(['run', resolve('fixtures/apps/n-plus-one/scenario.yaml')]);
  folder = join('.chokepoint/runs', sandbox.runs()[0] ?? '');
});
afterAll(() => sandbox.remove());

const inSandbox = (...path: readonly string[]) => join(sandbox.folder, ...path);

/** A copy of the run whose `run.json` was changed. */
async function changedRun(name: string, change: (run: Run) => unknown): Promise<string> {
  await cp(inSandbox(folder), inSandbox(name), { recursive: true });
  const run = JSON.parse(await readFile(inSandbox(name, 'run.json'), 'utf8')) as Run;
  await writeFile(inSandbox(name, 'run.json'), JSON.stringify(change(run)));
  return name;
}

/** Without the lines that only the end of a run has: where the report is. */
const withoutNext = (text: string) => text.split('\nNEXT\n')[0]?.trimEnd();

describe('run', () => {
  test('prints its report to standard output and its passes to standard error, and leaves nothing else', async () => {
    expect(printed.code).toBe(0);
    expect(printed.stdout).toMatch(/^chokepoint {2}n-plus-one · slow → fixed · /);
    expect(printed.stdout).toContain('FIXED  1 finding');
    expect(printed.stdout).toContain(`${folder}/report.html`);
    expect(printed.stdout).not.toContain('\u001b');
    expect(printed.stderr.split('\n').map((line) => line.trim().split(/ {2}/)[1])).toEqual([
      'database',
      'measure (nothing attached)',
      'profile (CPU profiler attached)',
      'trace (one request at a time)',
      'explain (service stopped)',
      'report',
      undefined,
    ]);
    expect(await sandbox.leftovers()).toEqual([]);
  });

  test('keeps the run whole, and what holds parameters for its owner only', async () => {
    expect((await readdir(inSandbox(folder))).sort()).toEqual(['artifacts', 'flame', 'report.html', 'run.json']);
    expect(await readdir(inSandbox(folder, 'flame'))).toEqual(['fixed.html', 'slow.html']);
    const artifacts = await readdir(inSandbox(folder, 'artifacts'), { recursive: true, withFileTypes: true });
    for (const entry of artifacts) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      expect(mode & 0o077, entry.name).toBe(0);
    }
    expect(await readFile(inSandbox('.chokepoint/.gitignore'), 'utf8')).toBe('*\n');
  });

  test('writes a run.json that its published schema accepts', async () => {
    const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(runJsonSchema());
    validate(JSON.parse(await readFile(inSandbox(folder, 'run.json'), 'utf8')));
    expect(validate.errors).toBeNull();
  });

  test('--json prints the run on standard output and nothing else; --quiet leaves standard error empty', async () => {
    const scenario = `target: { command: "node ${resolve('fixtures/invalid/services/ordinary.js')}", url: "http://127.0.0.1:\${PORT}" }
load: { connections: 1, warmup: 50ms, rounds: 1, slice: 50ms, traceRequests: 1 }
flows: [{ steps: [{ get: / }] }]
`;
    const options = { files: { 'quick.yaml': scenario } };
    const { code, stdout, stderr } = await sandbox.run(
      ['run', 'quick.yaml', '--json', '--quiet', '--out', 'kept'],
      options,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const run = JSON.parse(stdout) as Run;
    expect(run.scenario).toMatchObject({ name: 'quick', command: 'chokepoint run quick.yaml', endpoints: ['GET /'] });
    expect(run.variants.default?.artifacts.queries).toMatchObject({ status: 'missing' });
    expect(await readFile(inSandbox('kept', run.id, 'run.json'), 'utf8')).toBe(stdout);
  });

  test('a folder of the user is not given a .gitignore', async () => {
    const files = { '.gitignore': 'mine\n', 'kept.txt': '' };
    const { code } = await sandbox.run(['run', 'quick.yaml', '--quiet', '--out', '.'], { files });
    expect(code).toBe(0);
    expect(await readFile(inSandbox('.gitignore'), 'utf8')).toBe('mine\n');
  });
});

describe('run for a client', () => {
  test('heads and redacts its page, keeps the run whole, and notes it in the history', async () => {
    const files = { 'for-client.yaml': await readFile(inSandbox('quick.yaml'), 'utf8') };
    const forClient = ['--client', 'Client & Sons', '--title', 'Before <the> sale', '--redact', 'all'];
    const args = ['run', 'for-client.yaml', '--quiet', '--out', 'for-client', '--history', 'notes/shop', ...forClient];
    const { code, stderr } = await sandbox.run(args, { files });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [id = ''] = (await readdir(inSandbox('for-client'))).filter((name) => name !== '.gitignore');
    const page = await readFile(inSandbox('for-client', id, 'report.html'), 'utf8');
    expect(page).toContain('<h1>Before &lt;the&gt; sale</h1>');
    expect(page).toContain('for Client &amp; Sons');
    const [note = '', ...others] = await readdir(inSandbox('notes/shop'));
    expect(others).toEqual([]);
    expect(note).toMatch(/^\d{8}T\d{6}Z-no-commit-for-client\.json$/);
    const table = await sandbox.run(['report', '--history', 'notes/shop']);
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d UTC {2}no commit {5}diagnosis {5}.*\n {2}GET \/ p95 /);
  });

  test('of a redaction that does not exist is refused with code 2', async () => {
    const { code, stderr } = await sandbox.run(['report', folder, '--redact', 'literals,names']);
    expect(code).toBe(2);
    expect(stderr).toContain('literals, hosts, paths or all are wanted.');
  });

  test.each([
    ['of a folder that is not there', 'no/such', 'ENOENT'],
    ['of an empty folder', '.chokepoint', 'no run is noted in it'],
  ])('a history %s is refused with code 2', async (_name, path, reason) => {
    const { code, stderr } = await sandbox.run(['report', '--history', path]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      new RegExp(`^error: the history at ${path} cannot be read: .*${reason}.*\\[history-unreadable\\]`),
    );
  });

  test('a history with a damaged entry is told which file it is', async () => {
    const files = { 'damaged.json': '{"schemaVersion":1,"run":7}' };
    const { code, stderr } = await sandbox.run(['report', '--history', '.'], { files });
    expect(code).toBe(2);
    expect(stderr).toContain('damaged.json cannot be read: ');
  });
});

describe.concurrent('report', () => {
  test('makes one report of several runs, and needs at least one', async () => {
    const [html, junit, json, nothing] = await Promise.all(
      [[folder, folder, '-f', 'html'], [folder, folder, '-f', 'junit'], [folder, folder, '-f', 'json'], []].map(
        (args) => sandbox.run(['report', ...args]),
      ),
    );
    expect(html?.stdout).toContain('<h1>2 runs</h1>');
    expect(junit?.stdout.match(/<testsuite /g)).toHaveLength(2);
    expect(JSON.parse(json?.stdout ?? '')).toHaveLength(2);
    expect(nothing).toMatchObject({ code: 2, stdout: '' });
    expect(nothing?.stderr).toContain('[report-of-nothing]');
  });

  test('annotates for GitHub', async () => {
    const { code, stdout } = await sandbox.run(['report', folder, '-f', 'github']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^::\w+ title=n-plus-one%3A /);
  });

  test('prints what the run printed', async () => {
    const { code, stdout, stderr } = await sandbox.run(['report', folder]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(withoutNext(stdout)).toBe(withoutNext(printed.stdout));
  });

  test('takes the file as well as the folder', async () => {
    const { stdout } = await sandbox.run(['report', `${folder}/run.json`]);
    expect(withoutNext(stdout)).toBe(withoutNext(printed.stdout));
  });

  test('gives the page that the run wrote', async () => {
    const { stdout } = await sandbox.run(['report', folder, '-f', 'html']);
    expect(stdout).toBe(await readFile(inSandbox(folder, 'report.html'), 'utf8'));
  });

  test('gives the JSON that the run wrote, and Markdown to a file', async () => {
    const { stdout } = await sandbox.run(['report', folder, '-f', 'json']);
    expect(stdout).toBe(await readFile(inSandbox(folder, 'run.json'), 'utf8'));
    const markdown = await sandbox.run(['report', folder, '-f', 'markdown', '-o', 'report.md']);
    expect(markdown).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await readFile(inSandbox('report.md'), 'utf8')).toContain('n-plus-one');
  });

  test('is coloured where FORCE_COLOR asks for it, and not where NO_COLOR forbids it', async () => {
    const forced = await sandbox.run(['report', folder], { env: { FORCE_COLOR: '1' } });
    expect(forced.stdout).toContain('\u001b[');
    const forbidden = await sandbox.run(['report', folder], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } });
    expect(forbidden.stdout).not.toContain('\u001b');
  });

  test.each([
    ['a folder that does not exist', 'no/such/report.html', 'ENOENT'],
    ['a folder', '.chokepoint', 'EISDIR'],
  ])('to %s is refused with code 2', async (_name, output, reason) => {
    const { code, stdout, stderr } = await sandbox.run(['report', folder, '-f', 'html', '-o', output]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(`^error: ${output} cannot be written: ${reason}.*\\[output-unwritable\\]\\n {2}\\S.*\\n$`),
    );
  });

  test('may be read in part only', async () => {
    const { code, stderr } = await sandbox.run(['report', folder, '-f', 'html'], { close: 'stdout' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe.concurrent('compare', () => {
  test('of a run with itself finds nothing fixed and nothing introduced', async () => {
    const { code, stdout } = await sandbox.run(['compare', folder, `${folder}/run.json`, '--json']);
    expect(code).toBe(0);
    const { comparison } = JSON.parse(stdout) as Run;
    expect(comparison?.findings).toMatchObject({ fixed: [], introduced: [] });
    const text = await sandbox.run(['compare', folder, folder]);
    expect(text.code).toBe(0);
    expect(text.stdout).toContain('(fixed) →');
  });

  test.each<[string, (run: Run) => unknown, string, string]>([
    [
      'of another scenario',
      (run) => ({ ...run, scenario: { ...run.scenario, name: 'shop' } }),
      'one is of the scenario "n-plus-one", the other of "shop" [runs-not-comparable]',
      'the same scenario with the same endpoints',
    ],
    [
      'with other endpoints',
      (run) => ({ ...run, scenario: { ...run.scenario, endpoints: ['GET /cart'] } }),
      'their endpoints differ (GET /articles before only, GET /cart after only) [runs-not-comparable]',
      'the same scenario',
    ],
    [
      'of another machine',
      (run) => ({ ...run, environment: { ...run.environment, cpuModel: 'Toaster' } }),
      'Toaster × ',
      '--allow-other-machine',
    ],
  ])('with a run %s is refused with code 2', async (name, change, message, hint) => {
    const other = await changedRun(name.replaceAll(' ', '-'), change);
    const { code, stdout, stderr } = await sandbox.run(['compare', folder, other]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr.split('\n')).toHaveLength(3);
    expect(stderr).toContain(hint);
  });

  test('of two machines is made where that is asked for', async () => {
    const other = await changedRun('elsewhere', (run) => ({
      ...run,
      environment: { ...run.environment, cpuModel: 'Toaster' },
    }));
    const { code, stdout } = await sandbox.run(['compare', folder, other, '--allow-other-machine']);
    expect(code).toBe(0);
    expect(stdout).toContain('different machines');
  });
});

describe.concurrent('explain of a saved run', () => {
  test('shows the plans of its last variant, or of the one that is named', async () => {
    const [last, named] = await Promise.all(
      [[], ['--variant', 'slow']].map((more) => sandbox.run(['explain', folder, '--json', ...more])),
    );
    const plansOf = (result?: CommandResult) => JSON.parse(result?.stdout ?? '') as PlansArtifact;
    expect(plansOf(last).rewrites).toEqual([]);
    expect(plansOf(named).rewrites).toHaveLength(1);
    const text = await sandbox.run(['explain', folder]);
    expect(text.code).toBe(0);
    expect(text.stdout).toContain('articles');
  });

  test('names the variants where there is no such one', async () => {
    const { code, stderr } = await sandbox.run(['explain', folder, '--variant', 'before']);
    expect(code).toBe(2);
    expect(stderr).toContain('the run has no variant "before"');
    expect(stderr).toContain('slow, fixed');
  });
});

// What a message says of each damage is tested beside the reader.
describe.concurrent('a damaged run', () => {
  test.each(['report', 'explain', 'compare'])('is refused by %s with code 2, in two lines', async (command) => {
    const damaged = await changedRun(`damaged-${command}`, (run) => ({ ...run, variants: 'two' }));
    const { code, stdout, stderr } = await sandbox.run([command, damaged, ...(command === 'compare' ? [folder] : [])]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^error: the run at damaged-\w+\/run\.json is damaged: variants must be a map, and is "two" \[run-damaged\]\n {2}\S.*\n$/,
    );
  });

  test('of a newer chokepoint says so', async () => {
    const newer = await changedRun('newer', (run) => ({ ...run, schemaVersion: 2 }));
    const { code, stderr } = await sandbox.run(['report', newer]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      'written by a newer chokepoint (schema 2, this one knows 1) [run-newer]\n  update chokepoint',
    );
  });

  test.each<[string, (text: string) => string | Uint8Array]>([
    ['is cut off', (text) => text.slice(0, 2000)],
    ['is empty', () => ''],
    ['is binary', () => Uint8Array.of(0, 1, 2, 0xff)],
  ])('that %s is no JSON', async (name, change) => {
    const file = `${name.replaceAll(' ', '-')}.json`;
    const files = { [file]: change(await readFile(inSandbox(folder, 'run.json'), 'utf8')) };
    const { code, stderr } = await sandbox.run(['report', file], { files });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: the run at \S+ is damaged: it is not JSON .*\[run-damaged\]\n/);
  });

  test('is a folder without run.json', async () => {
    const { code, stderr } = await sandbox.run(['report', '.chokepoint']);
    expect(code).toBe(2);
    expect(stderr).toContain('the run at .chokepoint is damaged: it has no run.json [run-damaged]');
  });

  test('without one of its artifacts is shown without what that would tell', async () => {
    const part = await changedRun('in-part', (run) => run);
    await rm(inSandbox(part, 'artifacts/slow/plans.json'));
    const html = await sandbox.run(['report', part, '-f', 'html']);
    expect(html).toMatchObject({ code: 0, stderr: '' });
    const explained = await sandbox.run(['explain', part, '--variant', 'slow']);
    expect(explained.code).toBe(2);
    expect(explained.stderr).toContain('artifacts/slow/plans.json is not beside run.json');
  });
});
