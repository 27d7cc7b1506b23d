import { type AuditText, techniques } from '../../model/audit.ts';
import { columnLines, labelled } from './columns.ts';
import { fitEnd, wrapText } from './display-width.ts';
import { palette, type TerminalOptions, usableWidth } from './palette.ts';

/** The catalogue: every audit with what it reports, by technique. */
export function renderCatalogue(audits: readonly AuditText[], options: TerminalOptions): string {
  const width = usableWidth(options.width);
  const paint = palette(options.color);
  const idWidth = Math.max(0, ...audits.map(({ id }) => id.length));
  const lines = Object.entries(techniques).flatMap(([technique, title]) => {
    const ofTechnique = audits.filter((audit) => audit.technique === technique);
    if (ofTechnique.length === 0) return [];
    const rows = ofTechnique.map(({ id, failureTitle }) => [
      { text: id.padEnd(idWidth), paint: paint.accent },
      { text: failureTitle },
    ]);
    return [
      paint.strong(title),
      ...columnLines(rows, { width, indent: 2, align: ['left', 'left'], flex: 1, shorten: fitEnd }),
      '',
    ];
  });
  return `${[...lines, paint.faint('chokepoint audits <id> tells why and how to mend it')].join('\n')}\n`;
}

/** One audit in full. */
export function renderAudit(audit: AuditText, options: TerminalOptions): string {
  const width = usableWidth(options.width);
  const paint = palette(options.color);
  const labelWidth = 11;
  const block = (label: string, text: string) =>
    labelled({ text: label, paint: paint.faint }, wrapText(text, width - labelWidth), labelWidth);
  return `${[
    `${paint.strong(audit.failureTitle)}  ${paint.accent(audit.id)}`,
    '',
    ...block('why', audit.why),
    ...block('fix', audit.fix),
    ...block('technique', techniques[audit.technique]),
    ...block('passes as', audit.title),
  ].join('\n')}\n`;
}
