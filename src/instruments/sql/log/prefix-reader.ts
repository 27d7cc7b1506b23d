import type { LogSession } from './log-entry.ts';
import { parsePrefix, parseTimestamp } from './parse-prefix.ts';
import { secondsOf } from './timestamp-reader.ts';

/** What a prefix tells. */
export interface PrefixOrigin {
  who: LogSession;
  /** NaN where it has no time. */
  timestamp: number;
}

/** Prefixes without their times that are remembered: about as many as there are sessions. */
const maxRemembered = 5_000;

const minutePattern = /^\d{4}-\d\d-\d\d \d\d:\d\d$/;
/** Length of `2026-01-31 10:00`. */
const minuteLength = 16;
const lineNumbers = /\[(\d+)-\d+\]/;

/**
 * Reads the prefix of a line, of any form, as {@link parsePrefix} does; it gives the same object each time.
 *
 * Behind a time at its beginning a prefix is the same for all records of a session, so that part is read once.
 */
export function createPrefixReader(): (text: string, end: number) => Readonly<PrefixOrigin> {
  const known = new Map<string, { readonly who: LogSession; readonly zoneMs: number }>();
  const intern = createSessionInterner();
  const origin: PrefixOrigin = { who: { session: '' }, timestamp: Number.NaN };
  let minute = '';
  let minuteMs = 0;
  let hasLineNumbers = false;
  // Records that follow each other are often of one session.
  let lastRest = '';
  let lastZoneMs = 0;
  let lastWho: LogSession = origin.who;

  const read = (prefix: string) => {
    const { timestamp = Number.NaN, ...who } = parsePrefix(prefix);
    origin.who = intern(who);
    origin.timestamp = timestamp;
    return origin;
  };

  const beginMinute = (prefix: string) => {
    minute = minutePattern.test(prefix.slice(0, minuteLength)) ? ownCopy(prefix.slice(0, minuteLength)) : '';
    minuteMs = minute === '' ? Number.NaN : (parseTimestamp(`${minute}:00 UTC`) ?? Number.NaN);
    hasLineNumbers = lineNumbers.test(prefix);
  };

  return (text, end) => {
    if (minute === '' || !text.startsWith(minute)) beginMinute(text.slice(0, end));
    if (minute === '') return read(text.slice(0, end));
    let localMs = secondsOf(text, minuteLength);
    let restAt = minuteLength + 7;
    if (localMs < 0) {
      // `%t` has whole seconds.
      localMs = Number(text.slice(minuteLength + 1, minuteLength + 3)) * 1000;
      restAt = minuteLength + 3;
    }
    localMs += minuteMs;
    if (restAt + lastRest.length !== end || !text.startsWith(lastRest, restAt)) {
      let rest = text.slice(restAt, end);
      if (hasLineNumbers) rest = rest.replace(lineNumbers, '[$1]');
      const session = known.get(rest);
      if (!session) {
        read(text.slice(0, end));
        if (!Number.isFinite(origin.timestamp) || !Number.isFinite(localMs)) return origin;
        if (known.size === maxRemembered) known.clear();
        known.set(ownCopy(rest), { who: origin.who, zoneMs: localMs - origin.timestamp });
        return origin;
      }
      lastRest = hasLineNumbers ? '' : rest;
      lastWho = session.who;
      lastZoneMs = session.zoneMs;
    }
    origin.who = lastWho;
    origin.timestamp = localMs - lastZoneMs;
    return origin;
  };
}

/** One object for equal sessions. */
export function createSessionInterner(): (who: LogSession) => LogSession {
  const known = new Map<string, LogSession>();
  return (who) => {
    const { session, user = '', database = '', application = '' } = who;
    const key = `${session}\0${user}\0${database}\0${application}`;
    const same = known.get(key);
    if (same) return same;
    if (known.size === maxRemembered) known.clear();
    const own = copyOf(who);
    known.set(ownCopy(key), own);
    return own;
  };
}

function copyOf({ session, user, database, application }: LogSession): LogSession {
  return {
    session: ownCopy(session),
    ...(user === undefined ? {} : { user: ownCopy(user) }),
    ...(database === undefined ? {} : { database: ownCopy(database) }),
    ...(application === undefined ? {} : { application: ownCopy(application) }),
  };
}

/** A text that does not keep the piece of the log alive of which it is a slice. */
export function ownCopy(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
