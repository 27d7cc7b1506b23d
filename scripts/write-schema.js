// Writes schema/: what editors check and complete scenarios by, and what run.json holds. Run `npm run build` before.
import { writeFile } from 'node:fs/promises';
import { runJsonSchema } from '../dist/run/run-json-schema.js';
import { scenarioJsonSchema } from '../dist/scenario/json-schema.js';

for (const [name, schema] of [
  ['scenario', scenarioJsonSchema()],
  ['run', runJsonSchema()],
]) {
  const file = new URL(`../schema/${name}.schema.json`, import.meta.url);
  await writeFile(file, `${JSON.stringify(schema, null, 2)}\n`);
}
