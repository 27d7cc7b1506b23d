import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadScenario } from '../scenario/load-scenario.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const textOf = (page: string) => readFileSync(join(root, page), 'utf8');

test('the first scenario of the README is a valid one', async () => {
  const [, yaml = ''] = /```yaml\n(# shop\.yaml[\s\S]*?)```/.exec(textOf('README.md')) ?? [];
  const folder = await mkdtemp(join(tmpdir(), 'chokepoint-readme-'));
  try {
    const path = join(folder, 'shop.yaml');
    await writeFile(path, yaml);
    const scenario = await loadScenario(path, { DATABASE_URL: 'postgres://localhost/shop' });
    expect(scenario.name).toBe('shop');
    expect(scenario.variants.map(({ name }) => name)).toEqual(['before', 'after']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each(pages)('every command that %s names exists', (page) => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  const commands = readdirSync(join(root, 'src/cli/commands')).map((name) => name.replace(/(\.test)?\.ts$/, ''));
  const text = textOf(page);
  for (const [, script = ''] of text.matchAll(/npm run ([\w:-]+)/g)) expect(Object.keys(scripts)).toContain(script);
  for (const [, command = ''] of text.matchAll(/^(?:\$ |- run: )?(?:npx )?chokepoint ([a-z]+)/gm))
    expect(commands).toContain(command);
});

test.each(pages)('every link of %s leads somewhere', (page) => {
  for (const [, target = ''] of textOf(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
    expect(existsSync(join(root, dirname(page), target)), `${page} → ${target}`).toBe(true);
  }
});
