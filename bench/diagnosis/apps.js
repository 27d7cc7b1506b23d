import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { catalogue } from '../../dist/audits/catalogue.js';

const folder = fileURLToPath(new URL('../../fixtures/apps/', import.meta.url));

/**
 * The apps that show a fault and its fix, by the id of the audit; those of `capacity` need another command. What an
 * audit of the load tells is the saving of a request under that load.
 */
export function listApps() {
  return readdirSync(folder)
    .filter((id) => existsSync(`${folder}${id}/scenario.yaml`))
    .sort()
    .map((id) => {
      const { requires = [] } = catalogue.find((audit) => audit.id === id) ?? {};
      return {
        id,
        scenarioPath: `${folder}${id}/scenario.yaml`,
        byCapacity: requires.includes('capacity'),
        underLoad: requires.includes('load'),
      };
    });
}
