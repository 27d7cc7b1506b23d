import { Failure } from '../../model/failure.ts';
import { isThisMachine } from '../loopback.ts';
import { splitCommand } from '../split-command.ts';
import type { DraftOptions } from './draft.ts';
import { plainName, urlLiteral } from './literal.ts';
import type { Notes } from './notes.ts';
import type { WrittenTarget } from './written.ts';

const usualUrl = 'http://127.0.0.1:3000';

interface ChosenTarget {
  readonly target: WrittenTarget;
  /** What every path begins with, such as `/v1`; without a slash at its end. */
  readonly basePath: string;
}

/**
 * The target by what the user says, or else by the url that the source has `found`.
 *
 * A host that is not this machine is taken from the user alone: no file may aim load at somebody else's service.
 */
export function chooseTarget(found: string | undefined, { url, command }: DraftOptions, notes: Notes): ChosenTarget {
  const start = command === undefined ? {} : { command: checkedCommand(command) };
  const source = parsedUrl(found, notes);
  if (url !== undefined) {
    const { origin, basePath } = checkedUrl(url, command !== undefined);
    return { target: { ...start, url: origin }, basePath: basePath || source.basePath };
  }
  if (command !== undefined)
    return { target: { ...start, url: 'http://127.0.0.1:${PORT}' }, basePath: source.basePath };
  if (source.origin !== undefined && isThisMachine(new URL(source.origin).hostname)) {
    return { target: { url: source.origin }, basePath: source.basePath };
  }
  if (source.origin !== undefined) {
    notes.remark(`load is sent to ${usualUrl} and not to ${plainName(source.origin)}: name another url with --url`);
  } else {
    notes.remark(`the source names no url that can be used: load is sent to ${usualUrl}, unless --url names another`);
  }
  return { target: { url: usualUrl }, basePath: source.basePath };
}

function parsedUrl(found: string | undefined, notes: Notes): { readonly origin?: string; readonly basePath: string } {
  if (found === undefined || found === '' || found === '/') return { basePath: '' };
  if (found.startsWith('/') && !found.startsWith('//')) return { basePath: basePathOf(found.split(/[?#]/)[0] ?? '') };
  if (!URL.canParse(found)) {
    notes.leaveOut(`the url ${plainName(found)}`, 'it is not a url');
    return { basePath: '' };
  }
  const { protocol, origin, pathname } = new URL(found);
  if (protocol !== 'http:' && protocol !== 'https:') {
    notes.leaveOut(`the url ${plainName(found)}`, 'it is not an http url');
    return { basePath: '' };
  }
  return { origin, basePath: basePathOf(pathname) };
}

function basePathOf(pathname: string): string {
  const path = urlLiteral(pathname).replace(/^\/+/, '/').replace(/\/+$/, '');
  return path.includes('{') ? '' : path;
}

/** Scheme, host and port of what the user gave as `--url`, and the path that follows. */
function checkedUrl(url: string, launched: boolean): { readonly origin: string; readonly basePath: string } {
  const hint = `write it as ${launched ? 'http://127.0.0.1:${PORT}' : usualUrl}`;
  const wrong = (detail: string) => new Failure('usage', { detail: `--url ${detail}`, hint });
  const sample = url.replaceAll('${PORT}', '1');
  if (!URL.canParse(sample)) throw wrong('is not a url');
  const { protocol, origin, username, password, pathname, search, hash } = new URL(sample);
  if (protocol !== 'http:' && protocol !== 'https:') throw wrong('is not an http url');
  if (username !== '' || password !== '') throw wrong('holds a user or a password, which would stand in the file');
  if (search !== '' || hash !== '') throw wrong('holds more than scheme, host, port and path');
  if (!launched && sample !== url) throw wrong('has ${PORT}, the port of a process, and there is no --command');
  const host = sample === url ? origin : `${origin.replace(/:\d+$/, '')}:\${PORT}`;
  return { origin: host, basePath: basePathOf(pathname) };
}

function checkedCommand(command: string): string {
  const words = splitCommand(command);
  const hint = 'write it as --command "node server.js"';
  if ('error' in words) throw new Failure('usage', { detail: `--command: ${words.error}`, hint });
  if (!words[0]) throw new Failure('usage', { detail: '--command is empty', hint });
  return command;
}
