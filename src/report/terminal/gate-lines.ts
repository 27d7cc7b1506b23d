import { exitCodes } from '../../model/exit-codes.ts';
import type { RuleResult, Run } from '../../model/run.ts';
import { oneLine } from '../untrusted-text.ts';
import { labelled } from './columns.ts';
import { fitEnd, wrapText } from './display-width.ts';
import type { Paint, Palette } from './palette.ts';

/** A sign beside the word, so that a state can be told at a glance and without colours. */
const signs: Readonly<Record<RuleResult['status'], string>> = { holds: '✓', broken: '✗', unsure: '?', unknown: '–' };

/** Why the gate fails, before anything else; nothing where it does not. */
export function gateFailureLines({ decision }: Run, width: number, paint: Palette): readonly string[] {
  if (decision.exitCode === exitCodes.ok) return [];
  const color = decision.exitCode === exitCodes.inconclusive ? paint.unsure : paint.bad;
  const text = `gate failed (exit code ${decision.exitCode}): ${oneLine(decision.reason)}`;
  return [...wrapText(text, width, 5).map(color), ''];
}

/** What came of each rule of the gate, with its figures below; nothing where it has none. */
export function gateLines({ decision }: Run, width: number, paint: Palette, labelWidth: number): readonly string[] {
  const paints: Readonly<Record<RuleResult['status'], Paint>> = {
    holds: paint.good,
    broken: paint.bad,
    unsure: paint.unsure,
    unknown: paint.unsure,
  };
  const room = width - labelWidth;
  const lines = decision.rules.flatMap(({ rule, status, summary }) => [
    paints[status](`${signs[status]} ${status.padEnd(7)} `) + fitEnd(oneLine(rule), room - 'x unknown '.length),
    ...wrapText(oneLine(summary), room - 2, 3).map((line) => paint.faint(`  ${line}`)),
  ]);
  return labelled({ text: 'GATE', paint: paint.faint }, lines, labelWidth);
}
