import { fileURLToPath } from 'node:url';
import type { Frame } from '../../model/profile.ts';

/** A place in a script as V8 names it, counted from 0. */
export interface ScriptPosition {
  readonly url: string;
  readonly line?: number;
  readonly column?: number;
}

/** The place in the source that a script was made from, or `undefined` where no source map tells. */
export type Locate = (position: ScriptPosition) => ScriptPosition | undefined;

/**
 * The frame of a V8 call: urls of files become paths, positions count from 1, and `kind` tells whose code it is.
 *
 * A bundled dependency is recognised by the path of its source, so the map is asked before the kind; the sources of an
 * installed one may be said to lie anywhere.
 */
export function toFrame(name: string, script: ScriptPosition, locate: Locate): Frame {
  const { url, line, column } = locate(script) ?? script;
  const file = toPath(url);
  return {
    name: name || '(anonymous)',
    file,
    ...(line !== undefined && file !== '' && { line: line + 1 }),
    ...(column !== undefined && file !== '' && { column: column + 1 }),
    kind: isInPackages(toPath(script.url)) ? 'dependency' : kindOf(name, file),
  };
}

function kindOf(name: string, file: string): Frame['kind'] {
  if (file === '' && name === '(garbage collector)') return 'gc';
  if (file === '' || file.startsWith('node:') || file.startsWith('native ')) return 'runtime';
  return isInPackages(file) ? 'dependency' : 'user';
}

const isInPackages = (file: string) => /[\\/]node_modules[\\/]/.test(file);

function toPath(url: string): string {
  if (!url.startsWith('file:')) return url;
  try {
    return fileURLToPath(url);
  } catch {
    // A profile from elsewhere may name a host or an encoded slash: it is then shown as it stands.
    return url;
  }
}
