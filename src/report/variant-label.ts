import { revisionLabel } from '../model/revision-label.ts';
import type { Run } from '../model/run.ts';

/** `before → after`, each with the state of the code that it was; of a diagnosis that state alone, or nothing. */
export function variantsText(run: Run): string {
  const { comparison } = run;
  if (comparison) return `${variantLabel(run, comparison.before)} → ${variantLabel(run, comparison.after)}`;
  return Object.values(run.variants)
    .flatMap(({ revision }) => (revision ? [revisionLabel(revision)] : []))
    .join(', ');
}

/** A variant by its name, and the state of the code that it was where one was asked for: `before main@1a2b3c4`. */
export function variantLabel({ variants }: Run, name: string): string {
  const revision = variants[name]?.revision;
  return revision ? `${name} ${revisionLabel(revision)}` : name;
}
