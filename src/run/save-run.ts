import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { renderZeroXPage } from '../instruments/profile/zero-x-page.ts';
import type { Gathered } from '../model/artifacts.ts';
import { throwIfAborted } from '../model/failure.ts';
import type { LoadedRun } from '../model/run.ts';
import { renderHtml } from '../report/html/render-html.ts';
import { renderJson } from '../report/json/render-json.ts';
import { guardFolder } from '../target/lifeline.ts';
import { wholeProfile } from './profile-only.ts';

/**
 * Writes a run below `root` (`.chokepoint/runs`), whole or not at all, and returns the path of its folder.
 *
 * Files that hold parameters or anything else of the database are readable by their owner only.
 */
export async function saveRun(loaded: LoadedRun, root: string, signal: AbortSignal): Promise<string> {
  const folder = join(root, loaded.run.id);
  const partial = join(root, `.partial-${process.pid}-${loaded.run.id}`);
  await mkdir(root, { recursive: true });
  // The folder is inside the user's project: nothing of it shall be committed by accident.
  await writeFile(join(dirname(root), '.gitignore'), '*\n');
  const release = guardFolder(partial);
  try {
    await writeRun(loaded, partial, signal);
    throwIfAborted(signal);
    await rename(partial, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
    release();
  }
  return folder;
}

async function writeRun(loaded: LoadedRun, folder: string, signal: AbortSignal): Promise<void> {
  const { run, gathered } = loaded;
  await mkdir(folder, { recursive: true });
  for (const [name, variant] of Object.entries(run.variants)) {
    const artifacts = gathered[name];
    if (!artifacts) continue;
    await writeArtifacts(folder, artifacts, variant.artifacts);
    if (variant.flameGraph !== undefined && artifacts.profile.status === 'gathered') {
      const outputHtml = join(folder, variant.flameGraph);
      await mkdir(dirname(outputHtml), { recursive: true });
      throwIfAborted(signal);
      await renderZeroXPage({
        profile: wholeProfile(artifacts.profile.value),
        title: `${run.scenario.name} · ${name}`,
        outputHtml,
      });
    }
  }
  await writeFile(join(folder, 'run.json'), renderJson(run));
  await writeFile(join(folder, 'report.html'), renderHtml(loaded, { showParameters: false }));
}

async function writeArtifacts(
  folder: string,
  gathered: Gathered,
  references: LoadedRun['run']['variants'][string]['artifacts'],
): Promise<void> {
  for (const [key, artifact] of Object.entries(gathered)) {
    const reference = references[key as keyof Gathered];
    if (artifact.status === 'missing' || reference.status === 'missing') continue;
    const file = join(folder, reference.file);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, `${JSON.stringify(artifact.value)}\n`, { mode: 0o600 });
  }
}
