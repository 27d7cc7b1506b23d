import { test } from 'vitest';
import { diagnose } from '../run/diagnose.ts';
import { loadScenario } from '../scenario/load-scenario.ts';

test('show', async () => {
  const id = process.env.APP ?? '';
  const { run, gathered } = await diagnose({
    scenario: await loadScenario(new URL(`../../fixtures/apps/${id}/scenario.yaml`, import.meta.url).pathname, {}),
    command: 'x',
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  console.log(JSON.stringify(run.variants.slow?.outcomes, (k, v) => (k === 'plan' ? undefined : v), 1));
  console.log(JSON.stringify(run.variants.fixed?.outcomes, (k, v) => (k === 'plan' ? undefined : v), 1));
  const { writeFileSync } = await import('node:fs');
  writeFileSync('/tmp/cp-gathered.json', JSON.stringify(gathered));
});
