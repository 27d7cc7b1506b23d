// Proves that the linter enforces the import rule: each seeded violation must be reported, or this fails.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';

const violations = [
  ['src/audits/seeded-violation.ts', "import '../report/format.ts';"],
  ['src/audits/seeded-violation.ts', "import 'node:fs';"],
  ['src/stats/seeded-violation.ts', "import '../run/diagnose.ts';"],
  ['src/model/seeded-violation.ts', "import type { Command } from 'commander';\nexport type Seeded = Command;"],
  ['src/instruments/load/seeded-violation.ts', "import '../sql/statement.ts';"],
  ['src/run/seeded-violation.ts', "import '../cli/main.ts';"],
  ['src/report/seeded-violation.ts', "import 'chalk';"],
  ['src/run/seeded-violation.ts', "import 'tough-cookie';"],
];

let missed = 0;
for (const [file, source] of violations) {
  writeFileSync(file, `${source}\n`);
  try {
    const { stdout, status } = spawnSync('npx', ['--no-install', 'biome', 'lint', '--reporter=json', file], {
      encoding: 'utf8',
    });
    if (status === 0 || !stdout.includes('noRestrictedImports')) {
      missed++;
      console.error(`not reported: ${file}: ${source}`);
    }
  } finally {
    rmSync(file);
  }
}
if (missed > 0) process.exit(1);
console.log(`import rule: ${violations.length} seeded violations, all reported`);
