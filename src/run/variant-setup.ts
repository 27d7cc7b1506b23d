import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../model/failure.ts';
import { revisionLabel } from '../model/revision-label.ts';
import type { Revision, ValidityWarning } from '../model/run.ts';
import type { DatabaseSpec, Scenario, Variant } from '../model/scenario.ts';

/**
 * The database with the setup scripts of the last variant, which is what is to be shipped.
 *
 * One database serves all variants, so the note says where the scripts of another are not the same. Throws
 * `git-path-missing`.
 *
 * @param places - the scripts' paths within the repository
 */
export async function setUpLikeLast(
  scenario: Scenario,
  variants: readonly Variant[],
  revisions: Readonly<Record<string, Revision>>,
  places: readonly string[],
): Promise<{ readonly database?: DatabaseSpec; readonly notes: readonly ValidityWarning[] }> {
  const { database } = scenario;
  const last = variants.at(-1);
  if (database?.source.kind !== 'embedded' || !last) return { notes: [] };
  const written = database.source.setup;
  const filesOf = ({ checkout }: Variant) => (checkout ? places.map((place) => join(checkout.root, place)) : written);
  const labelOf = ({ name }: Variant) => {
    const revision = revisions[name];
    return revision ? revisionLabel(revision) : name;
  };
  const setup = filesOf(last);
  for (const [index, file] of setup.entries()) {
    if (await isFile(file)) continue;
    const detail = { label: labelOf(last), path: places[index] ?? '', key: 'database.embedded.setup' };
    throw new Failure('git-path-missing', detail, { at: scenario.positions[`variants.${last.name}.git`] });
  }
  const contents = await Promise.all(variants.map((variant) => contentsOf(filesOf(variant))));
  const isSame = contents.every((content) => content === contents.at(-1));
  const message = `the setup scripts of the database are not the same in all variants: all ran on those of ${labelOf(last)}`;
  return {
    database: { ...database, source: { kind: 'embedded', setup } },
    notes: isSame ? [] : [{ level: 'note', message }],
  };
}

async function contentsOf(files: readonly string[]): Promise<string> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => undefined)));
  return JSON.stringify(texts);
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}
