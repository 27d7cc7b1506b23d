import type { ReportHeading } from '../report-heading.ts';
import { type Content, html } from './markup.ts';

/** The title and the client above everything else; nothing where neither was given. */
export function letterhead({ title, client }: ReportHeading): Content {
  if (title === undefined && client === undefined) return undefined;
  return html`<header class="masthead letterhead">${title === undefined ? undefined : html`<h1>${title}</h1>`}
${client === undefined ? undefined : html`<p class="lead">for ${client}</p>`}</header>
`;
}
