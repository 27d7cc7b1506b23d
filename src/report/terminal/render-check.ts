import type { CheckResult } from '../../model/check.ts';
import { oneLine } from '../untrusted-text.ts';
import { labelled } from './columns.ts';
import { displayWidth, fitEnd, wrapText } from './display-width.ts';
import { type Paint, palette, type TerminalOptions, usableWidth } from './palette.ts';

const signs: Readonly<Record<CheckResult['status'], string>> = { ok: '✓', warning: '!', failed: '✗' };
const widestName = 20;

/** What was probed, a line each with the way out below it, and a last line that counts. */
export function renderCheck(results: readonly CheckResult[], options: TerminalOptions): string {
  const width = usableWidth(options.width);
  const paint = palette(options.color);
  const paints: Readonly<Record<CheckResult['status'], Paint>> = {
    ok: paint.good,
    warning: paint.unsure,
    failed: paint.bad,
  };
  const names = results.map(({ name }) => fitEnd(oneLine(name), widestName));
  const nameWidth = Math.max(0, ...names.map(displayWidth)) + 2;
  const lines = results.flatMap(({ status, message, hint, details = [] }, index) => {
    const room = width - nameWidth - 2;
    const label = { text: names[index] ?? '', paint: paint.strong };
    const hints = hint === undefined ? [] : wrapText(oneLine(`→ ${hint}`), room).map(paint.accent);
    const more = details.flatMap((detail) => wrapText(oneLine(detail), room));
    const [first = '', ...rest] = labelled(label, [...wrapText(oneLine(message), room), ...more, ...hints], nameWidth);
    return [`${paints[status](signs[status])} ${first}`, ...rest.map((line) => `  ${line}`)];
  });
  return `${[...lines, '', summary(results, paints)].join('\n')}\n`;
}

function summary(results: readonly CheckResult[], paints: Readonly<Record<CheckResult['status'], Paint>>): string {
  const count = (status: CheckResult['status']) => results.filter((result) => result.status === status).length;
  const [failed, warnings] = [count('failed'), count('warning')];
  if (failed > 0) return paints.failed(`${failed} of ${results.length} failed: the run would fail too`);
  if (warnings > 0) return paints.warning(`ready, but for ${warnings === 1 ? 'one warning' : `${warnings} warnings`}`);
  return paints.ok('ready');
}
