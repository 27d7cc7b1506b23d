import { html, Markup } from './markup.ts';
import { reportScript, reportScriptHash } from './report-script.ts';
import { style } from './style.ts';

/**
 * Nothing may be loaded, and of scripts only the report's own one is run, known by its hash; styles come from this file
 * alone, and there is no image but the empty icon.
 *
 * Source: https://www.w3.org/TR/CSP3/
 */
const contentSecurityPolicy = `default-src 'none'; script-src 'sha256-${reportScriptHash}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;

/** A whole HTML document in one file, which opens without a network; the empty icon keeps browsers from asking for one. */
export function page(title: string, body: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
${body}
<script>${new Markup(reportScript)}</script>
</body>
</html>
`.text;
}
