import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mergeProfiles } from '../instruments/profile/stack-profile.ts';
import { renderZeroXPage } from '../instruments/profile/zero-x-page.ts';
import { Failure } from '../model/failure.ts';
import type { ProfileArtifact, StackProfile } from '../model/profile.ts';
import type { Scenario } from '../model/scenario.ts';
import { openDatabase } from './open-database.ts';
import type { PassContext } from './pass-context.ts';
import { profilePass } from './profile-pass.ts';
import type { OnProgress } from './progress.ts';
import { runId } from './run-id.ts';

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
  const database = scenario.database && (await openDatabase(scenario.database, signal, onProgress));
  try {
    const context: PassContext = { scenario, signal, onProgress, ...(database && { database }) };
    const results: VariantProfile[] = [];
    const folder = join(root, runId(new Date(), scenario.name));
    for (const variant of scenario.variants) {
      const { profile } = await profilePass(context, variant);
      if (profile.status === 'missing') throw new Failure('profile-failed', { reason: profile.reason });
      const flameGraph = join(folder, `${variant.name}.html`);
      await mkdir(folder, { recursive: true });
      await renderZeroXPage({
        profile: wholeProfile(profile.value),
        title: `${scenario.name} · ${variant.name}`,
        outputHtml: flameGraph,
        signal,
      });
      results.push({ variant: variant.name, profile: profile.value, flameGraph });
    }
    return results;
  } finally {
    await database?.close();
  }
}

/** The flows of a variant in one tree, each as dear as one request of it. */
export function wholeProfile({ flows }: ProfileArtifact): StackProfile {
  return mergeProfiles(
    flows
      .filter(({ requests }) => requests > 0)
      .map(({ profile, requests, endpoints }) => ({ profile, weight: 1 / requests, label: endpoints.join(', ') })),
  );
}
