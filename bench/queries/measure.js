import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../processes.js';
import { logLinePrefix } from './log-formats.js';
import { writeLog } from './write-log.js';

const bin = fileURLToPath(new URL('../../bin/chokepoint.js', import.meta.url));
const limitMs = 30 * 60_000;

/** The version of pgBadger, or `undefined` where it is not installed. */
export function pgbadgerVersion() {
  const { stdout } = spawnSync('pgbadger', ['--version'], { encoding: 'utf8' });
  return /version ([\d.]+)/.exec(stdout ?? '')?.[1];
}

/** One format: our command on the whole log with all threads and with one, and both programs on a smaller one of the same kind. */
export async function measureFormat({ format, bytes, comparedBytes, hasPgbadger, folder, note }) {
  const path = join(folder, `large.${format}`);
  note(`${format}: writing ${bytes / 1e6} MB`);
  const written = writeLog(path, format, bytes);
  note(`${format}: chokepoint`);
  const whole = await runOurs([path], written);
  note(`${format}: chokepoint with one thread`);
  const oneThread = await runOurs([path], written, ['--threads', '1']);
  if (!hasPgbadger) return { format, whole, oneThread };

  const small = join(folder, `small.${format}`);
  const writtenSmall = writeLog(small, format, comparedBytes);
  note(`${format}: both on ${comparedBytes / 1e6} MB`);
  const ours = await runOurs([small], writtenSmall);
  const theirs = await runPgbadger(small, format, writtenSmall, folder);
  return { format, whole, oneThread, compared: { ours, theirs } };
}

async function runOurs(paths, written, options = []) {
  const { stdout, ...figures } = await runProgram(
    [process.execPath, bin, 'queries', '--json', ...options, ...paths],
    {},
    limitMs,
  );
  const report = JSON.parse(stdout);
  return {
    ...figures,
    bytes: written.bytes,
    written,
    found: {
      statements: report.totals.statements,
      errors: report.totals.errors,
      distinct: report.totals.distinctStatements,
      nPlusOne: report.nPlusOne.filter(({ grade }) => grade === 'likely').length,
    },
  };
}

async function runPgbadger(path, format, written, folder) {
  const kind = { stderr: 'stderr', csvlog: 'csv', jsonlog: 'jsonlog' }[format];
  const { wallMs, cpuUs, peakBytes } = await runProgram(
    ['pgbadger', '-q', '-j', '1', '-f', kind, '-p', logLinePrefix, '-o', join(folder, `${format}.html`), path],
    {},
    limitMs,
  );
  return { wallMs, cpuUs, peakBytes, bytes: written.bytes };
}
