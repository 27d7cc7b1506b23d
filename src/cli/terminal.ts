import { stripVTControlCharacters } from 'node:util';
import { Failure } from '../model/failure.ts';

/** How the user's terminal wants to be written to. */
export interface TerminalStyle {
  readonly width: number;
  readonly color: boolean;
}

/** 80 columns where standard output is no terminal; colours unless NO_COLOR is set or it is no terminal. */
export function terminalStyle(stream: NodeJS.WriteStream = process.stdout): TerminalStyle {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== '0';
  return {
    width: Math.max(60, Math.min(stream.columns || 80, 120)),
    color: !NO_COLOR && (forced || (Boolean(stream.isTTY) && TERM !== 'dumb')),
  };
}

/**
 * Lets a reader close standard output or standard error early (`chokepoint report … | head -1`).
 *
 * Without a listener Node ends the process with a stack trace; whoever writes is told by `printResult` all the same.
 */
export function tolerateClosedStreams(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** Writes a result to standard output, and waits until a slow reader has taken it, or wants no more. */
export function printResult(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`, (error) => {
      if (!error || hasClosed(error)) resolve();
      else reject(new Failure('output-unwritable', { path: 'standard output', reason: error.message }));
    });
  });
}

const hasClosed = (error: NodeJS.ErrnoException) => error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED';

/** Writes a message to standard error. */
export function printMessage(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Prints an expected failure as `place: message` with what to do about it. */
export function printFailure({ at, code, message, hint }: Failure): void {
  const place = at ? `${relativeToHere(at.file)}:${at.line}:${at.column}: ` : '';
  // What a service or a server printed follows on lines of its own.
  const [first = '', ...output] = message.split('\n');
  printMessage(printable([`${place}error: ${first} [${code}]`, ...output, `  ${hint}`].join('\n')));
}

/** Prints what no user can have caused, with its stack; it must not be taken for a regression, so it exits with 4. */
export function printDefect(error: unknown): void {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  printMessage(printable(`error: this is a defect of chokepoint, please report it\n${stack}`));
}

function relativeToHere(file: string): string {
  const here = `${process.cwd()}/`;
  return file.startsWith(here) ? file.slice(here.length) : file;
}

// Messages quote files, services and databases: none of them may steer the terminal.
const printable = (text: string) => stripVTControlCharacters(text).replace(/(?![\n\t])\p{Cc}/gu, '');
