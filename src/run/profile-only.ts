import { join } from 'node:path';
import { Failure } from '../model/failure.ts';
import type { ProfileArtifact } from '../model/profile.ts';
import type { Scenario } from '../model/scenario.ts';
import { withCheckouts } from './checkout-variants.ts';
import { drawFlameGraph, wholeProfile } from './flame-graph.ts';
import { openDatabase } from './open-database.ts';
import { createPassContext } from './pass-context.ts';
import { profilePass } from './profile-pass.ts';
import type { OnProgress } from './progress.ts';
import { runId } from './run-id.ts';
import { requireWritable, writeWholeFolder } from './whole-folder.ts';

/** The profile of one variant, and where its flame graph is. */
export interface VariantProfile {
  readonly variant: string;
  readonly profile: ProfileArtifact;
  readonly flameGraph: string;
}

/** The profile pass alone, for every variant; flame graphs are written to a new folder below `root`. */
export async function profileScenario(
  scenario: Scenario,
  root: string,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<readonly VariantProfile[]> {
  await requireWritable(root);
  const startedAt = new Date();
  const profiles = await withCheckouts(scenario, signal, onProgress, (checkedOut) =>
    profileVariants(checkedOut.scenario, signal, onProgress),
  );
  onProgress({ pass: 'report', text: 'drawing flame graphs' });
  const folder = await writeWholeFolder(root, runId(startedAt, scenario.name), signal, async (partial) => {
    for (const { variant, profile } of profiles) {
      await drawFlameGraph({
        profile: wholeProfile(profile),
        title: `${scenario.name} · ${variant}`,
        outputHtml: join(partial, `${variant}.html`),
        signal,
      });
    }
  });
  return profiles.map((each) => ({ ...each, flameGraph: join(folder, `${each.variant}.html`) }));
}

async function profileVariants(
  scenario: Scenario,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<readonly Omit<VariantProfile, 'flameGraph'>[]> {
  const database = await openDatabase(scenario, signal, onProgress);
  try {
    const context = createPassContext({ scenario, signal, onProgress }, database);
    const profiles: Omit<VariantProfile, 'flameGraph'>[] = [];
    for (const variant of scenario.variants) {
      const { profile } = await profilePass(context, variant);
      if (profile.status === 'missing') throw new Failure('profile-failed', { reason: profile.reason });
      profiles.push({ variant: variant.name, profile: profile.value });
    }
    return profiles;
  } finally {
    await database?.close();
  }
}
