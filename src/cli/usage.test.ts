import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../testing/command-line.ts';

const scenario = resolve('fixtures/invalid/run-time/service-exited.yaml');

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(() => sandbox.remove());

const commands = [
  'run',
  'compare',
  'report',
  'check',
  'queries',
  'explain',
  'profile',
  'capacity',
  'calibrate',
  'audits',
  'demo',
];

describe.concurrent('the command line', () => {
  test.each(commands)('%s --help is printed to standard output, with an example', async (command) => {
    const { code, stdout, stderr } = await sandbox.run([command, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: chokepoint ${command}`));
    expect(stdout).toMatch(/\nExample:\n {2}\$ /);
    expect(stdout).toContain(`chokepoint ${command}`);
    for (const line of stdout.split('\n').filter((line) => !line.includes('$ '))) {
      expect(line.length, line).toBeLessThanOrEqual(80);
    }
  });

  test('the help of the whole names every command and where to start', async () => {
    const { code, stdout } = await sandbox.run(['--help']);
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toMatch(new RegExp(`\\n {2}${command} `));
    expect(stdout).toContain('$ chokepoint demo');
  });

  test('--version is the version of the package', async () => {
    const { code, stdout } = await sandbox.run(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
  });

  test.each<[string, readonly string[], string]>([
    ['a mistyped command', ['rnu'], "unknown command 'rnu'\n(Did you mean run?)"],
    ['an unknown option', ['run', 'x.yaml', '--round', '3'], "unknown option '--round'\n(Did you mean --rounds?)"],
    ['a missing argument', ['run'], "missing required argument 'scenario'"],
    ['a second missing argument', ['compare', 'a'], "missing required argument 'after'"],
    ['an argument too many', ['run', 'a', 'b'], "too many arguments for 'run'"],
    ['an option without its value', ['run', 'a', '--rounds'], "'--rounds <n>' argument missing"],
    ['a number that is none', ['run', 'a', '--rounds', 'many'], 'a whole number from 1 to 50 is wanted'],
    ['a number that is too small', ['run', 'a', '--rounds', '0'], 'a whole number from 1 to 50 is wanted'],
    ['a format that does not exist', ['report', 'a', '-f', 'pdf'], 'choices are terminal, html, markdown, json'],
  ])('%s is refused with code 2, and --help is named', async (_name, args, message) => {
    const { code, stdout, stderr } = await sandbox.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain('add --help');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('without any argument the help is shown, on standard error and with code 2', async () => {
    const { code, stdout, stderr } = await sandbox.run([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: chokepoint');
  });

  test.each<[string, readonly string[], string, string]>([
    ['a scenario that does not exist', ['run', 'no.yaml'], 'there is no scenario at no.yaml', '`chokepoint demo`'],
    ['a folder as a scenario', ['check', '.'], '. cannot be read: it is a folder', 'check the path'],
    ['a mistyped audit', ['audits', 'n-plus-on'], 'there is no audit "n-plus-on"', 'did you mean "n-plus-one"?'],
    ['a run that does not exist', ['report', 'no'], 'there is no run at no', '.chokepoint/runs'],
    ['explain of nothing', ['explain'], 'give a run, --sql or --file', 'chokepoint explain --sql "SELECT'],
    ['explain without a database', ['explain', '--sql', 'SELECT 1'], 'no database is named', 'set DATABASE_URL'],
    ['profile of nothing', ['profile'], 'give a scenario, a .cpuprofile file, or --pid', '--pid N'],
    [
      'a scenario beside a profile',
      ['profile', scenario, 'b.cpuprofile'],
      'only two .cpuprofile files can be compared',
      'chokepoint profile before.cpuprofile after.cpuprofile',
    ],
    [
      'a second profile that does not exist',
      ['profile', 'a.cpuprofile', 'b.cpuprofile'],
      'is not a CPU profile',
      'as V8',
    ],
    ['a profile that does not exist', ['profile', 'no.cpuprofile'], 'no.cpuprofile is not a CPU profile', 'as V8'],
    [
      'a place for runs in a file',
      ['run', scenario, '--out', '/dev/null/x'],
      '/dev/null is not a folder',
      'give a path',
    ],
    ['a place for flame graphs in a file', ['profile', scenario, '--out', '/dev/null/x'], '/dev/null is not', 'give a'],
  ])('%s is told in two lines, with code 2', async (_name, args, message, hint) => {
    const { code, stdout, stderr } = await sandbox.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const [first = '', second = '', ...rest] = stderr.split('\n');
    expect(first).toContain(`error: `);
    expect(first).toContain(message);
    expect(second).toContain(hint);
    expect(rest).toEqual(['']);
  });
});

describe.concurrent('a stream that is closed early', () => {
  test.each<readonly [string, readonly string[], 'stdout' | 'stderr', number]>([
    ['a result', ['audits', '--json'], 'stdout', 0],
    ['the help', ['--help'], 'stdout', 0],
    ['a message', ['run', 'no.yaml'], 'stderr', 2],
  ])('by the reader of %s is no failure', async (_name, args, close, expected) => {
    const { code, stderr } = await sandbox.run(args, { close });
    expect({ code, stderr }).toEqual({ code: expected, stderr: '' });
  });

  // Only Linux has it.
  test.skipIf(!existsSync('/dev/full'))('a disk that is full is one, and is told', async () => {
    const { code, stderr } = await sandbox.run(['audits'], { stdoutFile: '/dev/full' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: standard output cannot be written: ENOSPC.*\[output-unwritable\]\n {2}.+\n$/);
  });
});
