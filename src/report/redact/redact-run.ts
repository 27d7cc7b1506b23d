import type { LoadedRun } from '../../model/run.ts';
import { mapTexts, type TextPlace } from './map-texts.ts';
import { createPlaceholders } from './placeholders.ts';
import { hostRedaction } from './redact-hosts.ts';
import { literalRedaction } from './redact-literals.ts';
import { pathRedaction } from './redact-paths.ts';

/** What can be taken out of a run before somebody else reads its report. */
export const redactions = ['literals', 'hosts', 'paths'] as const;

export type Redaction = (typeof redactions)[number];

/**
 * The runs without what `kinds` names: `literals` of SQL and values of the data, `hosts` and databases, absolute `paths`.
 *
 * Figures stay, and texts that are equal stay equal, over all of the runs, so that a report still finds what belongs
 * together and readers can tell one host from another. Apply it before a renderer sees a run: none has to know of it.
 */
export function redactRuns(runs: readonly LoadedRun[], kinds: readonly Redaction[]): readonly LoadedRun[] {
  if (kinds.length === 0) return runs;
  const placeholder = createPlaceholders();
  return runs.map((loaded) => {
    const steps: readonly ((text: string, place: TextPlace) => string)[] = [
      // First, since a value may hold a host and be known only as a whole.
      ...(kinds.includes('literals') ? [literalRedaction(loaded, placeholder)] : []),
      ...(kinds.includes('hosts') ? [hostRedaction(loaded, placeholder)] : []),
      ...(kinds.includes('paths') ? [pathRedaction(loaded)] : []),
    ];
    return mapTexts(loaded, (text, place) => steps.reduce((shown, step) => step(shown, place), text));
  });
}
