import { stringify } from 'yaml';
import type { Draft } from './draft.ts';
import type { DraftVariable } from './notes.ts';

/** The draft as the YAML of a scenario file, with a comment that says where it came from. */
export function renderDraft({ scenario, source }: Pick<Draft, 'scenario' | 'source'>): string {
  const yaml = stringify(scenario, { lineWidth: 0, aliasDuplicateObjects: false, indentSeq: true });
  const comment = `# Drafted by \`chokepoint init\` (${source}): read it, then run \`chokepoint check\`.`;
  return `${comment}\n${yaml}`;
}

/** Those of a draft's variables that are in its text: some belonged to requests that found no room. */
export function usedVariables(text: string, variables: readonly DraftVariable[]): readonly DraftVariable[] {
  return variables.filter(({ name }) => text.includes(`\${${name}:-`));
}
