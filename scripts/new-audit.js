// Scaffolds an audit: `npm run new-audit -- <id>`. Writes nothing unless it can write everything.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const templates = fileURLToPath(new URL('./new-audit/', import.meta.url));
const catalogue = 'src/audits/catalogue.ts';
const index = 'docs/audits/README.md';

const filesOf = (id) => [
  ['audit.ts.txt', `src/audits/${id}.ts`],
  ['test.ts.txt', `src/audits/${id}.test.ts`],
  ['page.md.txt', `docs/audits/${id}.md`],
  ['server.js.txt', `fixtures/apps/${id}/server.js`],
  ['setup.sql.txt', `fixtures/apps/${id}/setup.sql`],
  ['scenario.yaml.txt', `fixtures/apps/${id}/scenario.yaml`],
];

function refuse(message, hint) {
  console.error(`error: ${message}\nhint: ${hint}`);
  process.exit(2);
}

const [id, ...others] = process.argv.slice(2);
if (id === undefined || others.length > 0) {
  refuse(`one id is needed, and ${process.argv.length - 2} were given`, 'npm run new-audit -- stale-read');
}
if (id.length > 40 || !/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(id)) {
  refuse(
    `"${id}" is no id for an audit`,
    'a noun that names the failing state, in lower case, of two words or more: stale-read',
  );
}
if (!existsSync(catalogue)) {
  refuse(`there is no ${catalogue} below ${process.cwd()}`, 'run it in the root of the repository');
}
const taken = filesOf(id).find(([, file]) => existsSync(file));
if (taken) refuse(`${taken[1]} exists already`, 'choose another id, or work on the audit that is there');

const name = id.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const list = readFileSync(catalogue, 'utf8');
const listed = list
  .replace(/(\nimport [^\n]*\n)(?!import )/, `$1import { ${name} } from './${id}.ts';\n`)
  .replace(/,?\s*\];/, `, ${name}];`);
if (!listed.includes(`'./${id}.ts'`) || !listed.includes(`, ${name}];`)) {
  refuse(`${catalogue} has another form than expected`, 'it needs imports, and one array of audits that ends in "];"');
}

for (const [template, file] of filesOf(id)) {
  const text = readFileSync(join(templates, template), 'utf8');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text.replaceAll('@id@', id).replaceAll('@name@', name));
}
writeFileSync(catalogue, listed);
writeFileSync(index, `${readFileSync(index, 'utf8').trimEnd()}\n| [${id}](${id}.md) | | | |\n`);

// Biome puts the import and the list in its own order and shape.
const formatted = [catalogue, ...filesOf(id).map(([, file]) => file)].filter((file) => /\.[jt]s$/.test(file));
const biome = fileURLToPath(new URL('../node_modules/@biomejs/biome/bin/biome', import.meta.url));
const { status } = spawnSync(process.execPath, [biome, 'check', '--write', '--log-level=error', ...formatted], {
  stdio: 'inherit',
});
if (status !== 0) console.error('warning: Biome is not content with these files; run `npm run format`');

console.log(`${filesOf(id)
  .map(([, file]) => file)
  .join('\n')}

Next:
  1. fixtures/apps/${id}/: make the fault real, and its fix
  2. src/audits/${id}.test.ts: say what must be found (npx vitest run src/audits/${id}.test.ts)
  3. src/audits/${id}.ts: find it
  4. npx vitest run src/audits/apps.test.ts -t ${id}: find it in the real service
  5. docs/audits/${id}.md and its line in ${index}: explain it`);
