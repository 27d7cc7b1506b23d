// Writes schema/scenario.schema.json, which editors use to check and complete scenarios. Run `npm run build` before.
import { writeFile } from 'node:fs/promises';
import { scenarioJsonSchema } from '../dist/scenario/json-schema.js';

const file = new URL('../schema/scenario.schema.json', import.meta.url);
await writeFile(file, `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
