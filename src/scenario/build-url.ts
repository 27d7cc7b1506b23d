import { invalidValue } from './invalid-value.ts';
import type { SourceNode } from './source-tree.ts';

/** Checks that the url at `path` has scheme, host and port alone; `launched`: its port may be one for each process. */
export function buildUrl(url: string, launched: boolean, root: SourceNode, path: readonly string[]): string {
  const wrong = (reason: string, hint: string) => invalidValue(root, path, reason, hint);
  const sample = url.replaceAll('${PORT}', '1');
  const example = launched ? 'http://127.0.0.1:${PORT}' : 'http://127.0.0.1:3000';
  if (!URL.canParse(sample)) throw wrong('is not a url', `write it as ${example}`);
  const { protocol, username, password, pathname, search, hash } = new URL(sample);
  if (protocol !== 'http:' && protocol !== 'https:') throw wrong('is not an http url', `write it as ${example}`);
  if (username !== '' || password !== '') {
    throw wrong('holds a user or a password', 'write them under target.auth');
  }
  if (pathname !== '/' || search !== '' || hash !== '') {
    throw wrong('holds more than scheme, host and port', 'write the path in each step');
  }
  requirePort(url, launched, root, path);
  return url.replace(/\/$/, '');
}

/** Refuses `${PORT}` where no process is started that would have one. */
export function requirePort(written: string, launched: boolean, root: SourceNode, path: readonly string[]): void {
  if (launched || !written.includes('${PORT}')) return;
  const reason = '${PORT} is the port of a process, and none is started';
  throw invalidValue(root, path, reason, 'give target.command, or the port itself');
}
