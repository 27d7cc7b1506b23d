import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Gathered } from '../model/artifacts.ts';
import type { LoadedRun } from '../model/run.ts';
import { renderHtml } from '../report/html/render-html.ts';
import { renderJson } from '../report/json/render-json.ts';
import { type Redaction, redactRuns } from '../report/redact/redact-run.ts';
import type { ReportHeading } from '../report/report-heading.ts';
import { drawFlameGraph, wholeProfile } from './flame-graph.ts';
import { writeWholeFolder } from './whole-folder.ts';

/** For whom `report.html` is written; everything else in the folder is whole. */
export interface PageOptions {
  readonly heading?: ReportHeading;
  readonly redact?: readonly Redaction[];
}

/**
 * Writes a run below `root` (`.chokepoint/runs`), whole or not at all, and returns the path of its folder.
 *
 * Files that hold parameters or anything else of the database are readable by their owner only.
 */
export function saveRun(
  loaded: LoadedRun,
  root: string,
  signal: AbortSignal,
  pageOptions: PageOptions = {},
): Promise<string> {
  return writeWholeFolder(root, loaded.run.id, signal, async (folder) => {
    await writeRun(loaded, folder, signal);
    await writePage(loaded, folder, pageOptions);
  });
}

async function writePage(loaded: LoadedRun, folder: string, { heading = {}, redact = [] }: PageOptions): Promise<void> {
  const [shown = loaded] = redactRuns([loaded], redact);
  await writeFile(join(folder, 'report.html'), renderHtml(shown, { showParameters: false, heading }));
}

async function writeRun({ run, gathered }: LoadedRun, folder: string, signal: AbortSignal): Promise<void> {
  for (const [name, variant] of Object.entries(run.variants)) {
    const artifacts = gathered[name];
    if (!artifacts) continue;
    await writeArtifacts(folder, artifacts, variant.artifacts);
    if (variant.flameGraph !== undefined && artifacts.profile.status === 'gathered') {
      await drawFlameGraph({
        profile: wholeProfile(artifacts.profile.value),
        title: `${run.scenario.name} · ${name}`,
        outputHtml: join(folder, variant.flameGraph),
        signal,
      });
    }
  }
  await writeFile(join(folder, 'run.json'), renderJson(run));
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
