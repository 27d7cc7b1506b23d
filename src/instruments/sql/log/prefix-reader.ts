import type { LogSession } from './log-entry.ts';
import { parsePrefix, parseTimestamp } from './parse-prefix.ts';
import { secondsOf } from './timestamp-reader.ts';

/** What a prefix tells. */
export interface PrefixOrigin {
  readonly who: LogSession;
  readonly timestamp: number | undefined;
}

/** Prefixes without their times that are remembered: about as many as there are sessions. */
const maxRemembered = 5_000;

const minutePattern = /^\d{4}-\d\d-\d\d \d\d:\d\d$/;
/** Length of `2026-01-31 10:00`. */
const minuteLength = 16;
const lineNumbers = /\[(\d+)-\d+\]/;

/**
 * Reads prefixes of any form, as {@link parsePrefix} does.
 *
 * Behind a time at its beginning a prefix is the same for all records of a session, so that part is read once.
 */
export function createPrefixReader(): (prefix: string) => PrefixOrigin {
  const known = new Map<string, { readonly who: LogSession; readonly zoneMs: number }>();
  const intern = createSessionInterner();
  let minute = '';
  let minuteMs = 0;
  let hasLineNumbers = false;

  const read = (prefix: string): PrefixOrigin => {
    const { timestamp, ...who } = parsePrefix(prefix);
    return { who: intern(who), timestamp };
  };

  return (prefix) => {
    if (minute === '' || !prefix.startsWith(minute)) {
      minute = minutePattern.test(prefix.slice(0, minuteLength)) ? prefix.slice(0, minuteLength) : '';
      if (minute === '') return read(prefix);
      minuteMs = parseTimestamp(`${minute}:00 UTC`) ?? Number.NaN;
      hasLineNumbers = lineNumbers.test(prefix);
    }
    let localMs = secondsOf(prefix, minuteLength);
    let restAt = minuteLength + 7;
    if (localMs < 0) {
      // `%t` has whole seconds.
      localMs = Number(prefix.slice(minuteLength + 1, minuteLength + 3)) * 1000;
      restAt = minuteLength + 3;
    }
    localMs += minuteMs;
    let rest = prefix.slice(restAt);
    if (hasLineNumbers) rest = rest.replace(lineNumbers, '[$1]');
    const session = known.get(rest);
    if (session) return { who: session.who, timestamp: localMs - session.zoneMs };
    const origin = read(prefix);
    if (origin.timestamp === undefined || !Number.isFinite(localMs)) return origin;
    if (known.size === maxRemembered) known.clear();
    known.set(ownCopy(rest), { who: origin.who, zoneMs: localMs - origin.timestamp });
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
