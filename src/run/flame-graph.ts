import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { mergeProfiles } from '../instruments/profile/stack-profile.ts';
import { renderZeroXPage } from '../instruments/profile/zero-x-page.ts';
import type { ProfileArtifact, StackProfile } from '../model/profile.ts';
import { guardFolder } from '../target/lifeline.ts';

/** Draws a profile as an HTML page, in a folder that is made where there is none; see `renderZeroXPage`. */
export async function drawFlameGraph(page: {
  readonly profile: StackProfile;
  readonly title: string;
  readonly outputHtml: string;
  readonly signal: AbortSignal;
}): Promise<void> {
  await mkdir(dirname(page.outputHtml), { recursive: true });
  await renderZeroXPage({ ...page, guardFolder });
}

/** The flows of a variant in one tree, each as dear as one request of it. */
export function wholeProfile({ flows }: ProfileArtifact): StackProfile {
  return mergeProfiles(
    flows
      .filter(({ requests }) => requests > 0)
      .map(({ profile, requests, endpoints }) => ({ profile, weight: 1 / requests, label: endpoints.join(', ') })),
  );
}
