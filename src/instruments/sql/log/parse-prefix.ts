import type { LogOrigin } from './log-entry.ts';

// Minutes east of UTC. An abbreviation that is not here counts as UTC: distances between statements stay right.
const zones: Readonly<Record<string, number>> = {
  ...{ WET: 0, WEST: 60, BST: 60, CET: 60, CEST: 120, EET: 120, EEST: 180, MSK: 180, IST: 330 },
  ...{ HKT: 480, JST: 540, KST: 540, AEST: 600, AEDT: 660 },
  ...{ EST: -300, EDT: -240, CST: -360, CDT: -300, MST: -420, MDT: -360, PST: -480, PDT: -420 },
};

const timePattern =
  /(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:[.,](\d{3}))?(?: ?(?:([A-Z]{3,5})(?![A-Za-z])|([+-]\d\d)(?::?(\d\d))?(?!\d)))?/;
const timesPattern = new RegExp(timePattern, 'g');
const epochPattern = /(?<![\d.])(\d{10})\.(\d{3})(?!\d)/;

/** Reads `2026-01-31 10:00:00.123 UTC` (`%m`, `%t`, csvlog, jsonlog) into ms since 1970. */
export function parseTimestamp(text: string): number | undefined {
  const match = timePattern.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, milliseconds, zone, zoneHours, zoneMinutes] = match;
  const local = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Number(milliseconds ?? 0),
  );
  const sign = zoneHours?.startsWith('-') ? -1 : 1;
  const offset =
    zoneHours === undefined ? (zones[zone ?? ''] ?? 0) : Number(zoneHours) * 60 + sign * Number(zoneMinutes ?? 0);
  return local - offset * 60_000;
}

/**
 * Reads what a `log_line_prefix` tells, whichever form it has: `%m [%p] %q%u@%d `, RDS's `%t:%r:%u@%d:[%p]:`,
 * Azure's `%t-%c-`, pgBadger's `%t [%p]: user=%u,db=%d,app=%a,client=%h `.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LINE-PREFIX
 */
export function parsePrefix(prefix: string): LogOrigin {
  const epoch = epochPattern.exec(prefix);
  const timestamp = parseTimestamp(prefix) ?? (epoch ? Number(epoch[1]) * 1000 + Number(epoch[2]) : undefined);
  const rest = prefix
    .replace(timesPattern, ' ')
    .replace(epochPattern, ' ')
    .replace(/\d+\.\d+\.\d+\.\d+(?:\(\d+\))?/g, ' ');
  const names = /(?<![^\s:,])([^\s@:,=[\]]+)@([^\s@:,=[\]]+)/.exec(rest);
  const user = named(rest, 'user') ?? names?.[1];
  const database = named(rest, 'db') ?? names?.[2];
  const application = named(rest, 'app');
  return {
    ...(timestamp === undefined ? {} : { timestamp }),
    session: sessionOf(rest),
    ...(user ? { user } : {}),
    ...(database ? { database } : {}),
    ...(application ? { application } : {}),
  };
}

function named(rest: string, key: string): string | undefined {
  const value = new RegExp(`(?<![a-z])${key}=([^,\\s]*)`).exec(rest)?.[1];
  return value === '[unknown]' ? undefined : value;
}

/** `%c` is hex.hex and better than `%p`, which the system gives to another process in time. */
function sessionOf(rest: string): string {
  const id = /(?<![\w.])([0-9a-f]{6,16}\.[0-9a-f]{1,8})(?![\w.])/.exec(rest);
  const process =
    /\[(\d+)(?:-\d+)?\]/.exec(rest) ??
    /pid[=: ](\d+)/i.exec(rest) ??
    /(?<![\w.\-/=@(])(\d{1,10})(?![\w.\-/=@)])/.exec(rest);
  return id?.[1] ?? process?.[1] ?? '';
}
