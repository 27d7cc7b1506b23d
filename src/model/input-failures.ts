import { entry } from './failure-entry.ts';

/** What can be wrong with files that are read or written. */
export const inputFailures = {
  // What a scenario is drafted from.
  'draft-unreadable': entry<{ path: string; reason: string }>('usage', ({ path, reason }) => ({
    message: `${path} cannot be read: ${reason}`,
    hint: 'give an OpenAPI 3 document, a HAR file or an Artillery file; without one, `chokepoint init` asks',
  })),
  'draft-unrecognised': entry<{ path: string; reason: string }>('usage', ({ path, reason }) => ({
    message: `${path} ${reason}`,
    hint: 'OpenAPI 3 has "openapi: 3…" at its top, a HAR file log.entries, an Artillery file config and scenarios',
  })),
  'draft-empty': entry<{ path: string; reason: string }>('usage', ({ path, reason }) => ({
    message: `there is no request in ${path} that a scenario could send${reason}`,
    hint: 'name other sources, or answer questions: `chokepoint init` without a file',
  })),

  // Files.
  'output-unwritable': entry<{ path: string; reason: string }>('usage', ({ path, reason }) => ({
    message: `${path} cannot be written: ${reason}`,
    hint: 'give a path in a folder that exists and that you may write to',
  })),
  'output-exists': entry<{ path: string }>('usage', ({ path }) => ({
    message: `${path} exists already`,
    hint: '--force replaces it, --out names another file, --out - prints instead',
  })),
  'log-unreadable': entry<{ path: string; reason: string }>('usage', ({ path, reason }) => ({
    message: `${path} cannot be read: ${reason}`,
    hint: 'give a PostgreSQL log (stderr, csvlog or jsonlog), or - for standard input',
  })),
  'log-empty': entry<{ path: string }>('usage', ({ path }) => ({
    message: `${path} is empty`,
    hint: 'is logging on? set log_min_duration_statement = 0 (or log_statement = all with log_duration) and reload',
  })),
  'log-binary': entry<{ path: string; what?: string }>('usage', ({ path, what }) => ({
    message: `${path} is ${what ?? 'not a text file'}`,
    hint: 'decompress it first, unless it is gzip or zstd; a PostgreSQL log is stderr, csvlog or jsonlog text',
  })),
  'log-damaged': entry<{ path: string; compression: string; reason: string }>(
    'usage',
    ({ path, compression, reason }) => ({
      message: `${path} is damaged: its ${compression} cannot be decompressed to the end (${reason})`,
      hint: 'copy it again; what can be saved of it, decompress yourself and read that',
    }),
  ),
  'log-not-kept': entry<{ reason: string }>('failed', ({ reason }) => ({
    message: `the server keeps no log that can be read through it: ${reason}`,
    hint: 'set logging_collector = on (it needs a restart), or give the log as a file',
  })),
  'log-unrecognised': entry<{ path: string; lines: number }>('usage', ({ path, lines }) => ({
    message: `${path} has no statement in its ${lines} lines that a PostgreSQL log would have`,
    hint: 'set log_min_duration_statement = 0 so that statements and their durations are logged',
  })),
  'profile-unreadable': entry<{ path: string; reason: string }>('usage', ({ path, reason }) => ({
    message: `${path} is not a CPU profile: ${reason}`,
    hint: 'give a .cpuprofile as V8 writes it',
  })),
  'statement-refused': entry<{ reason: string }>('usage', ({ reason }) => ({
    message: `the statement is not run: ${reason}`,
    hint: 'EXPLAIN ANALYZE executes the statement, so only a single harmless SELECT is accepted',
  })),
  'run-not-found': entry<{ path: string }>('usage', ({ path }) => ({
    message: `there is no run at ${path}`,
    hint: 'give the folder of a run or its run.json; they are kept in .chokepoint/runs',
  })),
  'run-damaged': entry<{ path: string; reason: string }>('usage', ({ path, reason }) => ({
    message: `the run at ${path} is damaged: ${reason}`,
    hint: 'run the scenario again, or copy the whole folder',
  })),
  'run-newer': entry<{ path: string; found: number; known: number }>('usage', ({ path, found, known }) => ({
    message: `the run at ${path} was written by a newer chokepoint (schema ${found}, this one knows ${known})`,
    hint: 'update chokepoint',
  })),
  'report-of-nothing': entry<Record<string, never>>('usage', () => ({
    message: 'there is no run to report',
    hint: 'name the folders of runs (they are kept in .chokepoint/runs), or --history <folder>',
  })),
  'history-unreadable': entry<{ path: string; reason: string }>('usage', ({ path, reason }) => ({
    message: `the history at ${path} cannot be read: ${reason}`,
    hint: 'give the folder that `chokepoint run --history <folder>` writes to; it holds one JSON file per run',
  })),
  'runs-not-comparable': entry<{ reason: string }>('usage', ({ reason }) => ({
    message: `the two runs cannot be compared: ${reason}`,
    hint: 'compare two runs of the same scenario with the same endpoints',
  })),
  'runs-other-machine': entry<{ before: string; after: string }>('usage', ({ before, after }) => ({
    message: `the two runs were made on different machines: ${before} and ${after}`,
    hint: 'run both on one machine; or pass --allow-other-machine to see the figures, which then compare the machines too',
  })),
} as const;
