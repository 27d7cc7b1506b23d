import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'chokepoint-new-audit-'));
  const needed = [
    ...['package.json', 'tsconfig.json', 'biome.json', '.gitignore', 'scripts', 'docs/audits', 'src/audits'],
    ...[
      'src/model',
      'src/stats',
      'src/testing/artifacts.ts',
      'src/testing/sample-capacity.ts',
      'src/testing/sample-profile.ts',
      'src/testing/sample-rounds.ts',
      'src/testing/sample-statements.ts',
    ],
  ];
  for (const path of needed) {
    cpSync(join(root, path), join(copy, path), {
      recursive: true,
      // These two reach out of what was copied.
      filter: (file) => !/(?:apps|new-audit|catalogue)\.test\.ts$/.test(file),
    });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

function run(script: string, ...args: readonly string[]) {
  const result = spawnSync(process.execPath, [join(copy, script), ...args], {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status: result.status, output: result.stdout + result.stderr };
}

const newAudit = (...args: readonly string[]) => run('scripts/new-audit.js', ...args);
const read = (path: string) => readFileSync(join(copy, path), 'utf8');

describe('a new audit', () => {
  beforeAll(() => {
    expect(newAudit('stale-read')).toMatchObject({ status: 0, output: expect.stringContaining('Next:') });
  });

  test('has its files, its line in the catalogue and one in the index', () => {
    expect(readdirSync(join(copy, 'fixtures/apps/stale-read')).toSorted()).toEqual([
      'scenario.yaml',
      'server.js',
      'setup.sql',
    ]);
    expect(read('src/audits/catalogue.ts')).toContain("import { staleRead } from './stale-read.ts';");
    expect(read('src/audits/catalogue.ts')).toMatch(/\[[^\]]*\bstaleRead\b[^\]]*\];\n$/);
    expect(read('docs/audits/README.md')).toContain('[stale-read](stale-read.md)');
    for (const file of ['src/audits/stale-read.ts', 'src/audits/stale-read.test.ts', 'docs/audits/stale-read.md']) {
      expect(read(file)).toMatch(/stale-read/);
      expect(read(file)).not.toMatch(/@id@|@name@/);
    }
  });

  test('satisfies the compiler and the linter', () => {
    expect(run('node_modules/typescript/bin/tsc', '--noEmit')).toEqual({ status: 0, output: '' });
    const linted = run('node_modules/@biomejs/biome/bin/biome', 'ci', '--log-level=error', 'src/audits', 'fixtures');
    expect(linted).toMatchObject({ status: 0 });
  });

  test('fails its tests until it is written, and they say what to write', () => {
    const { status, output } = run('node_modules/vitest/vitest.mjs', 'run', 'src/audits/stale-read.test.ts');
    expect(status).toBe(1);
    expect(output).toContain('stale-read cannot judge yet');
    expect(output).toContain('audit a request just below each threshold');
    expect(output).toMatch(/3 failed.*1 passed/);
  });

  test('is not written twice', () => {
    const before = read('src/audits/catalogue.ts');
    expect(newAudit('stale-read')).toEqual({
      status: 2,
      output: expect.stringContaining('src/audits/stale-read.ts exists already'),
    });
    expect(read('src/audits/catalogue.ts')).toBe(before);
  });

  test('may follow another one', () => {
    expect(newAudit('n-1-query')).toMatchObject({ status: 0 });
    expect(read('src/audits/catalogue.ts')).toContain('n1Query');
    expect(run('node_modules/typescript/bin/tsc', '--noEmit')).toEqual({ status: 0, output: '' });
  });
});

describe('what is refused, and leaves nothing behind', () => {
  test.each([
    [['catalogue'], 'is no id'],
    [['Write-Loop'], 'is no id'],
    [['write_loop'], 'is no id'],
    [['../stale-read'], 'is no id'],
    [['write--loop'], 'is no id'],
    [['-rf'], 'is no id'],
    [[`a-${'b'.repeat(40)}`], 'is no id'],
    [[''], 'is no id'],
    [['n-plus-one'], 'exists already'],
    [[], 'one id is needed, and 0 were given'],
    [['write-rows', 'extra'], 'one id is needed, and 2 were given'],
  ])('%j', (args, message) => {
    const before = readdirSync(join(copy, 'src/audits'));
    const { status, output } = newAudit(...args);
    expect(status).toBe(2);
    expect(output).toContain(message);
    expect(output).toMatch(/^error: .*\nhint: .*\n$/);
    expect(readdirSync(join(copy, 'src/audits'))).toEqual(before);
    expect(existsSync(join(copy, 'fixtures/apps/write-rows'))).toBe(false);
  });
});
