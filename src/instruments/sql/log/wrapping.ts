import type { JsonEventPlace } from './json-events.ts';
import type { LineEnd } from './log-entry.ts';
import { createSyslogUnwrapper, isSyslogLine } from './syslog-lines.ts';

/** What stands around PostgreSQL's own lines: nothing, a container's name, syslog's head, a service's time. */
export type Wrapping = 'none' | 'compose' | 'syslog' | 'stamped';

/** Takes the wrapping off each line. */
export interface LineUnwrapper {
  add(text: string, end: LineEnd): void;
  end(): void;
}

/** `docker compose logs` puts `name  | ` before each line. */
const composePattern = /^[\w.-]+ +\| /;

/** CloudWatch's exports and `aws logs tail`: a time, perhaps the name of the stream, and then the server's own prefix. */
const stamp = String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d) `;
const stampedPattern = new RegExp(String.raw`${stamp}(?:\S+ )?(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)`);
const stampedMorePattern = new RegExp(String.raw`${stamp}(?:\S+ )?(?=\t)`);

/** The wrapping by which the first line of a log begins. */
export function wrappingOf(text: string): Wrapping {
  if (composePattern.test(text)) return 'compose';
  if (stampedPattern.test(text)) return 'stamped';
  return isSyslogLine(text) ? 'syslog' : 'none';
}

/** Where the events lie in the JSON document that begins with `text`; `undefined` where it is none. */
export function jsonEventPlaceOf(text: string): JsonEventPlace | undefined {
  const begin = text.replace(/^\uFEFF/, '').trimStart();
  if (/^\[\s*(?:\{|$)/.test(begin)) return 'list';
  if (/^\{\s*(?:$|"(?:events|searchedLogStreams|nextForwardToken|nextBackwardToken|nextToken)")/.test(begin)) {
    return 'events';
  }
  return /^\{.*"(?:textPayload|jsonPayload)"\s*:/s.test(begin) ? 'lines' : undefined;
}

/** Takes `wrapping` off the lines, and hands them on. */
export function createUnwrapper(wrapping: Wrapping, emit: (text: string, end: LineEnd) => void): LineUnwrapper {
  if (wrapping === 'syslog') return createSyslogUnwrapper(emit, Date.now());
  const strip = stripper(wrapping);
  return { add: (text, end) => emit(strip(text), end), end: () => undefined };
}

/** For wrappings that stand before each line by itself: the line without it. */
export function stripper(wrapping: Exclude<Wrapping, 'syslog'>): (text: string) => string {
  if (wrapping === 'compose') return (text) => text.replace(composePattern, '');
  if (wrapping === 'stamped') return (text) => text.replace(stampedPattern, '').replace(stampedMorePattern, '');
  return (text) => text;
}
