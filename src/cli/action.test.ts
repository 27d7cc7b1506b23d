import { spawnSync } from 'node:child_process';
import { access, chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { saveRun } from '../run/save-run.ts';
import { sampleRun } from '../testing/sample-run.ts';

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly description: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

const action = parse(await readFile('action.yml', 'utf8')) as Action;

const quick = `name: quick
target: { command: "node ${resolve('fixtures/invalid/services/ordinary.js')}", url: "http://127.0.0.1:\${PORT}" }
load: { connections: 1, warmup: 50ms, rounds: 1, slice: 50ms, traceRequests: 1 }
flows: [{ steps: [{ get: / }] }]
`;

/** What `gh api` is asked: it answers the list of comments through the filter, and notes everything else. */
const gh = `#!/usr/bin/env bash
printf '%s\\n' "$*" >>"$GH_CALLS"
case "$*" in
  *--paginate*) jq -r "\${@: -1}" "$GH_COMMENTS" ;;
  *PATCH*) exit "\${GH_PATCH_CODE:-0}" ;;
  *POST*) exit "\${GH_POST_CODE:-0}" ;;
esac
`;

const hasJq = spawnSync('jq', ['--version']).status === 0;

let root: string;
let saved: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'chokepoint-action-'));
  await mkdir(join(root, 'bin'));
  await writeFile(join(root, 'bin/gh'), gh);
  await chmod(join(root, 'bin/gh'), 0o755);
  // As it lies there once it is installed.
  await mkdir(join(root, 'node_modules/.bin'), { recursive: true });
  await symlink(resolve('bin/chokepoint.js'), join(root, 'node_modules/.bin/chokepoint'));
  await writeFile(join(root, 'quick.yaml'), quick);
  await writeFile(join(root, 'event.json'), JSON.stringify({ pull_request: { number: 7 } }));
  await writeFile(join(root, 'push.json'), JSON.stringify({ ref: 'refs/heads/main' }));
  saved = await saveRun(sampleRun(), join(root, 'runs'), new AbortController().signal);
});
afterAll(() => rm(root, { recursive: true }));

/** The environment of a runner, for one step. */
async function stepEnvironment(name: string, more: Readonly<Record<string, string>> = {}) {
  const folder = join(root, name);
  await mkdir(join(folder, 'temp'), { recursive: true });
  for (const file of ['output', 'summary', 'calls']) await writeFile(join(folder, file), '');
  return {
    folder,
    env: {
      PATH: [join(root, 'bin'), process.env.PATH].join(delimiter),
      HOME: folder,
      RUNNER_TEMP: join(folder, 'temp'),
      GITHUB_OUTPUT: join(folder, 'output'),
      GITHUB_STEP_SUMMARY: join(folder, 'summary'),
      GITHUB_EVENT_PATH: join(root, 'event.json'),
      GITHUB_REPOSITORY: 'client/shop',
      GH_CALLS: join(folder, 'calls'),
      GH_COMMENTS: join(root, 'comments.json'),
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
      ...more,
    },
    read: (file: string) => readFile(join(folder, file), 'utf8'),
  };
}

const bash = (script: string, env: NodeJS.ProcessEnv) =>
  spawnSync('bash', [resolve('scripts/action', script)], { cwd: root, env, encoding: 'utf8' });

const outputsOf = (text: string) =>
  Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );

describe('action.yml', () => {
  test('is a composite action whose steps name a shell, and scripts that are there and that bash can read', async () => {
    expect(action.runs.using).toBe('composite');
    const commands = action.runs.steps.flatMap(({ run }) => run ?? []);
    const scripts = commands.flatMap((run) => /^bash "\$SCRIPTS\/([\w-]+\.sh)"$/.exec(run)?.[1] ?? []);
    expect(scripts).toEqual(['run.sh', 'publish.sh', 'comment.sh']);
    for (const script of scripts) {
      await access(join('scripts/action', script));
      expect(spawnSync('bash', ['-n', join('scripts/action', script)]).status).toBe(0);
    }
    for (const step of action.runs.steps) if (step.run) expect(step).toMatchObject({ shell: 'bash' });
  });

  test('puts no expression into a script, where a branch could be named like a command', () => {
    for (const { run = '' } of action.runs.steps) expect(run).not.toContain('${{');
  });

  test('names no input and no output of a step that is not there', async () => {
    const text = await readFile('action.yml', 'utf8');
    const script = await readFile('scripts/action/run.sh', 'utf8');
    for (const [, name = ''] of text.matchAll(/inputs\.([\w-]+)/g)) expect(Object.keys(action.inputs)).toContain(name);
    for (const [, name = ''] of text.matchAll(/steps\.run\.outputs\.([\w-]+)/g))
      expect(script).toContain(`'${name}=%s`);
  });

  test('uploads no values of the database unless that is asked for', () => {
    const upload = action.runs.steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact'));
    expect(upload?.with?.path).toContain("inputs.values != 'true' && format('!{0}/artifacts/**'");
    expect(action.inputs.values?.default).toBe('false');
  });
});

describe('the step that runs', () => {
  test('tells the folder and the exit code of the run', async () => {
    const { env, read } = await stepEnvironment('runs', {
      INPUT_SCENARIO: 'quick.yaml',
      INPUT_ARGS: '--quiet  --rounds 1\n--seed 7',
    });
    const { status, stdout, stderr } = bash('run.sh', env);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^chokepoint {2}quick/);
    const outputs = outputsOf(await read('output'));
    expect(outputs).toMatchObject({ 'exit-code': '0', artifact: 'chokepoint-quick.yaml' });
    expect(JSON.parse(await readFile(join(outputs.folder ?? '', 'run.json'), 'utf8')).scenario.name).toBe('quick');
  });

  test('ends well where the run fails, and tells its exit code and that there is no folder', async () => {
    const { env, read } = await stepEnvironment('fails', { INPUT_SCENARIO: 'no such.yaml' });
    const { status, stderr } = bash('run.sh', env);
    expect(status).toBe(0);
    expect(stderr).toContain('no such.yaml');
    expect(outputsOf(await read('output'))).toEqual({
      'exit-code': '2',
      folder: '',
      artifact: 'chokepoint-no-such.yaml',
    });
  });

  test('hands refs and arguments on as they are, and runs nothing that they spell', async () => {
    const { env, folder } = await stepEnvironment('hostile', {
      INPUT_SCENARIO: 'quick.yaml',
      INPUT_ARGS: '$(touch pwned) `touch pwned` *',
      INPUT_BEFORE: '$(touch pwned)',
    });
    bash('run.sh', env);
    for (const place of [root, folder]) await expect(access(join(place, 'pwned'))).rejects.toThrow();
  });

  test('the last step ends with the exit code of the run', () => {
    const last = action.runs.steps.at(-1);
    expect(last?.env).toEqual({ EXIT_CODE: '${{ steps.run.outputs.exit-code }}' });
    expect(spawnSync('bash', ['-c', last?.run ?? ''], { env: { EXIT_CODE: '3' } }).status).toBe(3);
  });
});

describe('the step that publishes', () => {
  test('appends the summary, prints annotations, and writes JUnit beside the run', async () => {
    const folder = join(root, 'published');
    await cp(saved, folder, { recursive: true });
    const { env, read } = await stepEnvironment('publishes', { RUN_FOLDER: folder });
    const { status, stdout, stderr } = bash('publish.sh', env);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(await read('summary')).toMatch(/^<!-- chokepoint:orders -->\n/);
    expect(stdout).toMatch(/^::notice title=orders%3A IMPROVED::/);
    expect(await readFile(join(folder, 'junit.xml'), 'utf8')).toContain('<testsuite name="orders"');
  });
});

test('the shell recipe of docs/ci.md keeps the reports and ends with the exit code of the run', async () => {
  const [, recipe = ''] = /```sh\n(# ci\.sh[\s\S]*?)```/.exec(await readFile('docs/ci.md', 'utf8')) ?? [];
  const { env } = await stepEnvironment('recipe');
  const sh = (scenario: string) =>
    spawnSync('sh', ['-c', recipe, 'ci.sh', scenario], { cwd: root, env, encoding: 'utf8' });
  expect(sh('no-such.yaml').status).toBe(2);
  const { status, stderr } = sh('quick.yaml');
  expect(status, stderr).toBe(0);
  const [id = ''] = (await readdir(join(root, 'reports'))).filter((name) => name.endsWith('-quick'));
  for (const file of ['report.html', 'junit.xml', 'report.md']) await access(join(root, 'reports', id, file));
});

describe.runIf(hasJq)('the step that comments', () => {
  const comment = (id: number, body: string) => ({ id, body });
  const comments = [
    comment(1, 'nice'),
    comment(2, 'quoting: <!-- chokepoint:orders -->'),
    comment(3, '<!-- chokepoint:orders -->\nold'),
    comment(4, '<!-- chokepoint:other -->\nold'),
  ];

  async function commentOn(name: string, list: readonly object[], more: Readonly<Record<string, string>> = {}) {
    await writeFile(join(root, 'comments.json'), JSON.stringify(list));
    const { env, read, folder } = await stepEnvironment(name, { RUN_FOLDER: join(root, name), ...more });
    await writeFile(join(folder, 'report.md'), '<!-- chokepoint:orders -->\n\n## new\n');
    const { status, stdout } = bash('comment.sh', env);
    return {
      status,
      stdout,
      calls: (await read('calls')).trim().split('\n').slice(1),
      report: join(folder, 'report.md'),
    };
  }

  test('replaces the one comment that begins with the marker', async () => {
    const { status, calls, report } = await commentOn('replaces', comments);
    expect(status).toBe(0);
    expect(calls).toEqual([`api --method PATCH repos/client/shop/issues/comments/3 --field body=@${report} --silent`]);
  });

  test('writes a first one', async () => {
    const { calls, report } = await commentOn('first', comments.slice(0, 2));
    expect(calls).toEqual([`api --method POST repos/client/shop/issues/7/comments --field body=@${report} --silent`]);
  });

  test('writes one of its own where the found one is not its to change', async () => {
    const { status, calls } = await commentOn('foreign', comments, { GH_PATCH_CODE: '1' });
    expect(status).toBe(0);
    expect(calls.map((call) => call.split(' ')[2])).toEqual(['PATCH', 'POST']);
  });

  test('warns, and fails nothing, where it may not comment', async () => {
    const { status, stdout } = await commentOn('fork', [], { GH_POST_CODE: '1' });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^::warning title=chokepoint::/);
  });

  test('does nothing without a pull request', async () => {
    const { status, stdout, calls } = await commentOn('push', comments, { GITHUB_EVENT_PATH: join(root, 'push.json') });
    expect({ status, stdout, calls }).toEqual({ status: 0, stdout: 'no pull request: no comment\n', calls: [] });
  });
});
