import type { Frame } from '../model/profile.ts';
import type { CodePlace } from '../model/queries.ts';
import { clipText, oneLine } from './untrusted-text.ts';

/** Generated code has names of any length. */
const longestName = 200;

/** The function of a frame; code outside any function has no name of its own. */
export function frameName(frame: Frame): string {
  const name = oneLine(clipText(frame.name, longestName));
  if (name !== '') return name;
  return frame.file === '' ? '(engine)' : '(anonymous)';
}

/**
 * Where a frame is, short enough to read: the last three folders, or the path inside the package, with the line.
 *
 * The folders above are the business of the machine that was measured and are left out.
 */
export function framePlace(frame: Pick<Frame, 'file' | 'line'>): string {
  if (frame.file === '') return '';
  const line = frame.line === undefined ? '' : `:${frame.line}`;
  return `${oneLine(clipText(shortPath(frame.file), longestName))}${line}`;
}

/** Where a statement is sent: `orders/server.js:21 (listOrders)`. */
export function codePlaceText({ name, ...at }: CodePlace): string {
  return framePlace(at) + (name === undefined ? '' : ` (${oneLine(clipText(name, longestName))})`);
}

function shortPath(file: string): string {
  if (file.startsWith('node:')) return file;
  const path = file.replace(/^file:\/\//, '').replaceAll('\\', '/');
  const inPackages = path.split('/node_modules/').at(-1);
  if (inPackages !== undefined && inPackages !== path) return inPackages;
  return path.split('/').filter(Boolean).slice(-3).join('/');
}
