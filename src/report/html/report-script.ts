import { createFlamePainter } from './script/flame-painter.ts';
import { createFlameTree } from './script/flame-tree.ts';
import { mountFlameGraph } from './script/flame-view.ts';
import { startReport } from './script/start-report.ts';
import { sha256Base64 } from './sha256.ts';

/**
 * The script of a report: the functions of `script/` as they were compiled, handed to each other.
 *
 * They refer to nothing outside themselves, so that their text is all there is to them, and neither a bundler nor a file
 * is needed to take it along.
 */
export const reportScript = `(${startReport})(${mountFlameGraph},{createTree:${createFlameTree},createPainter:${createFlamePainter}});`;

/** By which the content security policy knows the script: no other one runs. */
export const reportScriptHash = sha256Base64(reportScript);
