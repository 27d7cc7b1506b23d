import { readFileSync, statSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import type { Locate } from './frame-location.ts';

/** Beyond this a map costs more memory than its line numbers are worth. */
const maxMapBytes = 64 * 1024 * 1024;

interface LoadedMap {
  readonly map: SourceMap;
  /** What the `sources` of the map are relative to. */
  readonly baseUrl: string;
}

/**
 * Finds the source of scripts by the source maps that they name: inline (`data:`) or in a file beside them.
 *
 * A map that is elsewhere, missing or damaged leaves the frame in the script: a wrong line would be worse.
 * Format: https://tc39.es/ecma426/
 */
export function createLocator(sourceMapUrls: Readonly<Record<string, string>>): Locate {
  const maps = new Map<string, LoadedMap | undefined>();
  return ({ url, line, column }) => {
    const sourceMapUrl = Object.hasOwn(sourceMapUrls, url) ? sourceMapUrls[url] : undefined;
    if (sourceMapUrl === undefined || line === undefined) return undefined;
    if (!maps.has(url)) maps.set(url, loadMap(url, sourceMapUrl));
    const loaded = maps.get(url);
    const entry = loaded?.map.findEntry(line, column ?? 0);
    if (!loaded || !entry || !('originalSource' in entry)) return undefined;
    const source = resolve(entry.originalSource, loaded.baseUrl);
    if (source === undefined || entry.originalLine < 0 || entry.originalColumn < 0) return undefined;
    return { url: source, line: entry.originalLine, column: entry.originalColumn };
  };
}

function loadMap(scriptUrl: string, sourceMapUrl: string): LoadedMap | undefined {
  const isInline = sourceMapUrl.startsWith('data:');
  const mapUrl = isInline ? sourceMapUrl : resolve(sourceMapUrl, scriptUrl);
  if (mapUrl === undefined) return undefined;
  try {
    const text = isInline ? decodeDataUrl(mapUrl) : readMapFile(mapUrl);
    if (text === undefined) return undefined;
    // Some servers put )]}' before JSON so that it cannot be run as a script.
    const payload = JSON.parse(text.replace(/^\)\]\}'[^\n]*\n/, '')) as SourceMapPayload;
    const baseUrl = isInline ? scriptUrl : mapUrl;
    const root = payload.sourceRoot ? resolve(payload.sourceRoot.replace(/\/?$/, '/'), baseUrl) : undefined;
    return { map: new SourceMap(payload), baseUrl: root ?? baseUrl };
  } catch {
    // The map is the service's own file and may be anything: without it the script's lines are shown.
    return undefined;
  }
}

function decodeDataUrl(url: string): string | undefined {
  const comma = url.indexOf(',');
  if (comma < 0) return undefined;
  const data = url.slice(comma + 1);
  return url.slice(0, comma).endsWith(';base64')
    ? Buffer.from(data, 'base64').toString('utf8')
    : decodeURIComponent(data);
}

function readMapFile(url: string): string | undefined {
  if (!url.startsWith('file:')) return undefined;
  const file = statSync(new URL(url));
  return file.isFile() && file.size <= maxMapBytes ? readFileSync(new URL(url), 'utf8') : undefined;
}

function resolve(url: string, base: string): string | undefined {
  try {
    return new URL(url, base).href;
  } catch {
    // A script without a url of its own (`evalmachine.<anonymous>`) resolves nothing.
    return undefined;
  }
}
