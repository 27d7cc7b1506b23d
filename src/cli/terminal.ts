import { stripVTControlCharacters } from 'node:util';
import type { Failure } from '../model/failure.ts';

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
    width: Math.max(60, Math.min(stream.columns ?? 80, 120)),
    color: !NO_COLOR && (forced || (Boolean(stream.isTTY) && TERM !== 'dumb')),
  };
}

/** Writes a result to standard output, and waits until a slow reader has taken it. */
export function printResult(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`, (error) => (error ? reject(error) : resolve()));
  });
}

/** Writes a message to standard error. */
export function printMessage(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Prints an expected failure as `place: message` with what to do about it. */
export function printFailure({ at, code, message, hint }: Failure): void {
  const place = at ? `${relativeToHere(at.file)}:${at.line}:${at.column}: ` : '';
  printMessage(printable(`${place}error: ${message} [${code}]`));
  printMessage(printable(`  ${hint}`));
}

function relativeToHere(file: string): string {
  const here = `${process.cwd()}/`;
  return file.startsWith(here) ? file.slice(here.length) : file;
}

// Messages quote files, services and databases: none of them may steer the terminal.
const printable = (text: string) => stripVTControlCharacters(text).replace(/(?![\n\t])\p{Cc}/gu, '');
