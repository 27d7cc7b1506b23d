// Packs the package, installs it into an empty folder elsewhere, and uses it there as a stranger would.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'chokepoint-packed-'));

function run(command, args, cwd) {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (result.status !== 0) {
    throw new Error(`${command} ${args.join(' ')} ended with ${result.status}\n${result.stdout}${result.stderr}`);
  }
  return result.stdout;
}

try {
  run('npm', ['pack', '--pack-destination', folder], process.cwd());
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  run('npm', ['install', '--no-fund', '--no-audit', join(folder, archive)], folder);
  const chokepoint = (...args) => run('npx', ['--no-install', 'chokepoint', ...args], folder);

  if (!/^\d+\.\d+\.\d+/.test(chokepoint('--version'))) throw new Error('--version prints no version');
  if (!chokepoint('audits').includes('n-plus-one')) throw new Error('the catalogue lacks n-plus-one');
  const run_ = JSON.parse(chokepoint('demo', '--json', '--quiet', '--rounds', '1'));
  const fixed = run_.comparison.findings.fixed.map(({ audit }) => audit);
  if (!fixed.includes('n-plus-one')) throw new Error(`the demo fixed ${JSON.stringify(fixed)}`);
  console.log('packed install: installs, lists its audits, and runs its demo elsewhere');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
