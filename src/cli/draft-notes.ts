import { clipText, oneLine } from '../report/untrusted-text.ts';
import type { Draft } from '../scenario/draft/draft.ts';

/** So many are named for each reason; the others are counted. */
const maxNamed = 25;
const maxLines = 50;

const shown = (text: string) => clipText(oneLine(text), 200);

/** What the user must know of a draft, as lines: what it holds, what to set, and what was left out and why. */
export function renderNotes(draft: Omit<Draft, 'scenario'>): readonly string[] {
  const reasons = grouped(draft.leftOut);
  return [
    `${draft.source}: ${draft.taken}`,
    ...section('to know', draft.remarks.map(shown)),
    ...section(
      'to set in the environment',
      draft.variables.map(({ name, standsFor }) => `${name}: ${shown(standsFor)}`),
    ),
    ...section(
      'left out',
      [...reasons].map(([why, names]) => {
        const more = names.length > maxNamed ? ` and ${names.length - maxNamed} more` : '';
        return `${shown(why)}: ${names.slice(0, maxNamed).map(shown).join(', ')}${more}`;
      }),
    ),
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  const more = lines.length > maxLines ? [`and ${lines.length - maxLines} more`] : [];
  return lines.length === 0 ? [] : [`${title}:`, ...[...lines.slice(0, maxLines), ...more].map((line) => `  ${line}`)];
}

/** What was left out, by the reason. */
function grouped(leftOut: Draft['leftOut']): ReadonlyMap<string, readonly string[]> {
  const reasons = new Map<string, string[]>();
  for (const { what, why } of leftOut) {
    const names = reasons.get(why);
    if (names) names.push(what);
    else reasons.set(why, [what]);
  }
  return reasons;
}
