import { isStderrHead } from './head-reader.ts';
import type { LineEnd } from './log-entry.ts';
import type { LineUnwrapper } from './wrapping.ts';

/** What syslog, or a service that writes like it, puts before each line of a message. */
interface SyslogLine {
  /** `2026-01-31 10:00:00.123 +00:00`, as a prefix of PostgreSQL's would have it. */
  readonly time: string;
  readonly process: string;
  /** Number of the message in its process, where the server writes one (`[4-2]`: line 2 of message 4). */
  readonly message: string | undefined;
  readonly isFirst: boolean;
  readonly text: string;
}

const number = String.raw`(?:\[(?<message>\d+)-(?<line>\d+)\] )?`;
const isoTime = String.raw`(?<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))`;
const tag = String.raw`[^\s:[]+\[(?:postgres\.)?(?<process>\d+)\]: (?:\[[A-Z][A-Z_0-9]*\] )?`;
const patterns = [
  // RFC 3164, https://www.rfc-editor.org/rfc/rfc3164#section-4.1: a day and a time without year or zone.
  new RegExp(
    String.raw`^(?:<\d+>)?(?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<clock>\d\d:\d\d:\d\d) \S+ ${tag}${number}(?<text>.*)$`,
    's',
  ),
  // RFC 5424, https://www.rfc-editor.org/rfc/rfc5424#section-6: the process has a field of its own.
  new RegExp(
    String.raw`^(?:<\d+>)?1 ${isoTime} \S+ \S+ (?<process>\d+) \S+ (?:-|\[[^\]]*\]) (?:\u{FEFF})?${number}(?<text>.*)$`,
    'su',
  ),
  // rsyslog's file format, and Heroku's logplex: `2026-01-31T10:00:00.123456+00:00 app[postgres.4711]: [DATABASE] [4-1] …`
  new RegExp(String.raw`^(?:<\d+>)?${isoTime} (?:\S+ )?${tag}${number}(?<text>.*)$`, 's'),
];

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Processes whose message may go on; the one that was silent longest is given up first. */
const maxProcesses = 1_000;

/** Whether a line looks like one of a syslog. */
export function isSyslogLine(text: string): boolean {
  return patterns.some((pattern) => pattern.test(text));
}

/**
 * Puts the messages of each process together again, for PostgreSQL sends each line of a record, and each 900 bytes of a
 * long one, as a message of its own, and those of several processes mix.
 *
 * @param now - ms since 1970: a time without a year is that of the last year in which it is not in the future
 */
export function createSyslogUnwrapper(emit: (text: string, end: LineEnd) => void, now: number): LineUnwrapper {
  const open = new Map<string, { readonly message: string | undefined; lines: string[]; end: LineEnd }>();

  const close = (process: string) => {
    const message = open.get(process);
    open.delete(process);
    const last = (message?.lines.length ?? 0) - 1;
    for (const [index, line] of message?.lines.entries() ?? []) {
      emit(line, index === last ? (message?.end ?? 'whole') : 'whole');
    }
  };

  return {
    add(text, end) {
      const line = readSyslogLine(text, now);
      if (!line) {
        emit(text, end);
        return;
      }
      const { process, message, isFirst } = line;
      const content = line.text.replace(/#01([125])/g, (_, digit) =>
        digit === '1' ? '\t' : digit === '2' ? '\n' : '\r',
      );
      const known = open.get(process);
      const isHead = isStderrHead(content);
      const goesOn = known && known.message === message && (message === undefined ? !isHead : !isFirst);
      if (!goesOn) {
        close(process);
        if (open.size === maxProcesses) close(open.keys().next().value ?? '');
        open.set(process, { message, lines: linesOf(headed(content, line)), end });
        return;
      }
      known.end = end;
      if (isHead) known.lines.push(...linesOf(headed(content, line)));
      else if (content.startsWith('\t')) known.lines.push(...linesOf(content));
      // The next 900 bytes of a long line.
      else known.lines.push(`${known.lines.pop() ?? ''}${content}`);
    },
    end() {
      for (const process of [...open.keys()]) close(process);
    },
  };
}

/** Where `syslog_split_messages` is off, a message has its line ends in it. */
function linesOf(text: string): string[] {
  return text.split('\n');
}

/** The text with the time and the process of the wrapping before it, as far as its own prefix does not have them. */
function headed(text: string, { time, process }: SyslogLine): string {
  if (/^\D{0,40}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.test(text)) {
    return /\[\d+(?:-\d+)?\]|[0-9a-f]{6,}\.[0-9a-f]+/.test(text.slice(0, 200)) ? text : `[${process}] ${text}`;
  }
  return `${time} [${process}] ${text}`;
}

function readSyslogLine(text: string, now: number): SyslogLine | undefined {
  for (const pattern of patterns) {
    const groups = pattern.exec(text)?.groups;
    if (!groups) continue;
    const { iso, month = '', day = '', clock = '', process = '', message, line } = groups;
    const time = iso === undefined ? timeWithYear(month, day, clock, now) : timeOfIso(iso);
    return { time, process, message, isFirst: line === undefined || line === '1', text: groups.text ?? '' };
  }
  return undefined;
}

function timeOfIso(iso: string): string {
  const [, date, clock, fraction = '', zone = 'Z'] = /^(.{10})T(.{8})(\.\d+)?(.+)$/.exec(iso) ?? [];
  const milliseconds = (fraction || '.').padEnd(4, '0').slice(0, 4);
  return `${date} ${clock}${milliseconds} ${zone === 'Z' ? 'UTC' : zone}`;
}

function timeWithYear(month: string, day: string, clock: string, now: number): string {
  const today = new Date(now);
  const date = `${String(months.indexOf(month) + 1).padStart(2, '0')}-${day.trim().padStart(2, '0')}`;
  const dayMs = 24 * 3600 * 1000;
  const isAhead = Date.parse(`${today.getUTCFullYear()}-${date}T${clock}Z`) > now + dayMs;
  return `${today.getUTCFullYear() - (isAhead ? 1 : 0)}-${date} ${clock} UTC`;
}
