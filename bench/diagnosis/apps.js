import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { catalogue } from '../../dist/audits/catalogue.js';

const folder = fileURLToPath(new URL('../../fixtures/apps/', import.meta.url));

/** The apps that show a fault and its fix, by the id of the audit; those of `capacity` need another command. */
export function listApps() {
  return readdirSync(folder)
    .filter((id) => existsSync(`${folder}${id}/scenario.yaml`))
    .sort()
    .map((id) => ({
      id,
      scenarioPath: `${folder}${id}/scenario.yaml`,
      byCapacity: catalogue.some((audit) => audit.id === id && audit.requires.includes('capacity')),
    }));
}
