export interface FailureText {
  readonly message: string;
  readonly hint: string;
}

/**
 * The exit codes, once: see `docs/exit-codes.md`.
 *
 * `usage` is 2 (the command line, a scenario or an input file is wrong), `failed` is 4 (the run itself could
 * not be carried out), `interrupted` is 130 (128 + SIGINT).
 */
export const exitCodes = {
  ok: 0,
  regressed: 1,
  usage: 2,
  inconclusive: 3,
  failed: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

function entry<D>(exit: 'usage' | 'failed' | 'interrupted', text: (detail: D) => FailureText) {
  return { exit: exitCodes[exit], text };
}

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');

/** Every failure that is expected to happen to a user: its exit code, its message and what to do about it. */
export const failureTable = {
  interrupted: entry<Record<string, never>>('interrupted', () => ({
    message: 'interrupted',
    hint: 'everything that was started has been stopped; no run was written',
  })),

  // The command line.
  usage: entry<{ detail: string; hint: string }>('usage', ({ detail, hint }) => ({ message: detail, hint })),
  'unknown-audit': entry<{ id: string; suggestion?: string }>('usage', ({ id, suggestion }) => ({
    message: `there is no audit "${id}"`,
    hint: suggestion
      ? `did you mean "${suggestion}"? \`chokepoint audits\` lists them`
      : '`chokepoint audits` lists them',
  })),
  'audit-of-capacity': entry<{ id: string }>('usage', ({ id }) => ({
    message: `"${id}" is judged by \`chokepoint capacity\`, never by a run, so it cannot fail the gate`,
    hint: 'leave it out; `chokepoint capacity <scenario>` shows what it finds',
  })),

  // A scenario.
  'scenario-not-found': entry<{ path: string }>('usage', ({ path }) => ({
    message: `there is no scenario at ${path}`,
    hint: 'give the path of a YAML file; `chokepoint demo` needs none',
  })),
  'scenario-unreadable': entry<{ path: string; reason: string }>('usage', ({ path, reason }) => ({
    message: `${path} cannot be read: ${reason}`,
    hint: 'check the path and its permissions',
  })),
  'scenario-too-large': entry<{ path: string; bytes: number; maxBytes: number }>(
    'usage',
    ({ path, bytes, maxBytes }) => ({
      message: `${path} has ${Math.ceil(bytes / 1024)} KB, and a scenario has at most ${maxBytes / 1024}`,
      hint: 'keep long lists of values in a CSV or JSON file, and name it under data:',
    }),
  ),
  'scenario-not-yaml': entry<{ reason: string }>('usage', ({ reason }) => ({
    message: `this is not YAML: ${reason}`,
    hint: 'mend the syntax at this place; scenarios/orders.yaml is an example',
  })),
  'scenario-unsafe-yaml': entry<{ reason: string }>('usage', ({ reason }) => ({
    message: `refused: ${reason}`,
    hint: 'a scenario is plain data: no custom tags, and few aliases',
  })),
  'scenario-unknown-key': entry<{ key: string; parent: string; suggestion?: string; allowed: readonly string[] }>(
    'usage',
    ({ key, parent, suggestion, allowed }) => ({
      message: `unknown key "${key}"${parent ? ` in ${parent}` : ''}`,
      hint: suggestion ? `did you mean "${suggestion}"?` : `allowed here: ${quoted(allowed)}`,
    }),
  ),
  'scenario-wrong-type': entry<{ path: string; expected: string; received: string }>(
    'usage',
    ({ path, expected, received }) => ({
      message: `${path || 'the scenario'} must be ${expected}, not ${received}`,
      hint: `write ${expected} here`,
    }),
  ),
  'scenario-missing-key': entry<{ path: string; expected: string }>('usage', ({ path, expected }) => ({
    message: `${path} is missing`,
    hint: `add it: ${expected}`,
  })),
  'scenario-invalid-value': entry<{ path: string; reason: string; hint: string }>(
    'usage',
    ({ path, reason, hint }) => ({ message: `${path}: ${reason}`, hint }),
  ),
  'scenario-missing-variable': entry<{ name: string }>('usage', ({ name }) => ({
    message: `the environment variable ${name} is not set`,
    hint: `set it (${name}=… chokepoint …), or give a default: \${${name}:-value}`,
  })),
  'scenario-invalid-duration': entry<{ path: string; text: string }>('usage', ({ path, text }) => ({
    message: `${path}: "${text}" is not a duration`,
    hint: 'write a number with its unit: 500ms, 2s, 1m',
  })),
  'scenario-unknown-data': entry<{ name: string; known: readonly string[] }>('usage', ({ name, known }) => ({
    message: `{{ ${name} }} is not defined`,
    hint: known.length > 0 ? `known here: ${quoted(known)}` : 'define it under data:',
  })),
  'scenario-name-not-known-here': entry<{ name: string; reason: string }>('usage', ({ name, reason }) => ({
    message: `{{ ${name} }} ${reason}`,
    hint: 'a step knows the data, what `before` captured, and what earlier steps of its own flow captured',
  })),
  'data-unreadable': entry<{ path: string; reason: string }>('usage', ({ path, reason }) => ({
    message: `the data file ${path} cannot be used: ${reason}`,
    hint: /\.(json|jsonl|ndjson)$/i.test(path)
      ? `${/\.json$/i.test(path) ? 'a JSON file wants a list' : 'an NDJSON file wants a line each'} of plain values, or of maps that all have the same keys`
      : 'a CSV file wants a header line and at least one row with as many fields',
  })),
  'data-too-short': entry<{ name: string; rows: number; need: number }>('usage', ({ name, rows, need }) => ({
    message: `the data "${name}" has ${rows} ${rows === 1 ? 'row' : 'rows'}, and one round needs about ${need}, each of them once`,
    hint: 'give more rows, shorten the load, or use `order: random`',
  })),
  'data-exhausted': entry<{ name: string; rows: number }>('usage', ({ name, rows }) => ({
    message: `the data "${name}" has ${rows} ${rows === 1 ? 'row' : 'rows'}, and \`order: unique\` needed more`,
    hint: 'give more rows, shorten the load, or use `order: random`',
  })),
  'body-unreadable': entry<{ path: string; reason: string }>('usage', ({ path, reason }) => ({
    message: `the file ${path} cannot be sent as a body: ${reason}`,
    hint: 'check the path and its permissions; it is relative to the scenario',
  })),
  'host-not-allowed': entry<{ host: string }>('usage', ({ host }) => ({
    message: `load is not sent to ${host}: it is not this machine`,
    hint: `if you may load that host, name it: target.allowHosts: [${host}]`,
  })),

  // The service under test.
  'command-not-found': entry<{ command: string; reason?: string }>('usage', ({ command, reason }) => ({
    message: `the command "${command}" ${reason === undefined ? 'does not exist' : `cannot be run: ${reason}`}`,
    hint: 'target.command is run without a shell from the folder of target.cwd: check the name and the path',
  })),
  'service-exited': entry<{ command: string; how: string; output: string }>('failed', ({ command, how, output }) => ({
    message: `the service ended before it was ready (${how}): ${command}${output}`,
    hint: 'run the command by itself with the same environment; its last output stands above',
  })),
  'service-never-ready': entry<{ url: string; seconds: number; last: string; output: string }>(
    'failed',
    ({ url, seconds, last, output }) => ({
      message: `the service was not ready within ${seconds} s: ${url} ${last}${output}`,
      hint: 'check target.url, target.ready and that the service listens on ${PORT}; raise target.readyTimeout for a slow start',
    }),
  ),
  'service-died': entry<{ how: string; during: string; output: string }>('failed', ({ how, during, output }) => ({
    message: `the service died during the ${during} pass (${how})${output}`,
    hint: 'no number of this run can be trusted, so none was written; see its last output above',
  })),
  'profile-failed': entry<{ reason: string }>('failed', ({ reason }) => ({
    message: `the service could not be profiled: ${reason}`,
    hint: 'docs/profile.md says what the profiler needs',
  })),
  'target-unreachable': entry<{ url: string; reason: string }>('failed', ({ url, reason }) => ({
    message: `nothing answers at ${url}: ${reason}`,
    hint: 'start the service first, or give target.command so that chokepoint starts it',
  })),
  'certificate-refused': entry<{ url: string; reason: string }>('failed', ({ url, reason }) => ({
    message: `the certificate of ${url} is refused: ${reason}`,
    hint: 'name its authority in target.tls.ca, its name in target.tls.servername, or accept any with target.tls.insecure: true',
  })),
  'own-certificate-refused': entry<{ url: string; reason: string }>('failed', ({ url, reason }) => ({
    message: `${url} does not let us in without a certificate that it trusts: ${reason}`,
    hint: 'give one that its authority has signed: target.tls.cert and target.tls.key',
  })),
  'port-taken': entry<{ port: number; url: string }>('failed', ({ port, url }) => ({
    message: `port ${port} is taken by another process (${url})`,
    hint: 'stop it, or let chokepoint choose: write ${PORT} in target.url',
  })),
  'socket-taken': entry<{ path: string }>('failed', ({ path }) => ({
    message: `another process listens at the socket ${path}`,
    hint: 'stop it, or give each process a socket of its own: write ${PORT} in target.socket',
  })),
  'requests-failing': entry<{ endpoint: string; detail: string }>('failed', ({ endpoint, detail }) => ({
    message: `every request of ${endpoint} failed: ${detail}`,
    hint: '`chokepoint check` sends each request once; mend the scenario or the service',
  })),

  // The state of the code.
  'git-missing': entry<{ reason: string }>('failed', ({ reason }) => ({
    message: `git cannot be run: ${reason}`,
    hint: 'install git, or compare by env and headers instead of git refs',
  })),
  'git-no-repository': entry<{ folder: string }>('usage', ({ folder }) => ({
    message: `${folder} is in no working tree of a git repository`,
    hint: 'refs are those of the repository that holds the scenario file: move it there',
  })),
  'git-unknown-ref': entry<{ ref: string; repository: string; suggestion?: string; isShallow: boolean }>(
    'usage',
    ({ ref, repository, suggestion, isShallow }) => ({
      message: `${repository} has no commit "${ref}"`,
      hint: suggestion
        ? `did you mean "${suggestion}"?`
        : isShallow
          ? 'the repository is a shallow clone: fetch the commit first (git fetch --unshallow, or fetch-depth: 0 of the checkout action)'
          : '`git branch --all` and `git tag` list the names; fetch a branch that is only on the server',
    }),
  ),
  'git-path-outside': entry<{ path: string; repository: string; key: string }>(
    'usage',
    ({ path, repository, key }) => ({
      message: `${key}: ${path} is outside of the repository ${repository}, so no ref has another state of it`,
      hint: 'name something inside of the repository that holds the scenario file',
    }),
  ),
  'git-path-fixed': entry<{ path: string }>('usage', ({ path }) => ({
    message: `target.command: ${path} is the file of the working tree, whatever ref is checked out`,
    hint: 'write the path relative to target.cwd, so that each checkout runs its own',
  })),
  'git-path-missing': entry<{ label: string; path: string; key: string }>('usage', ({ label, path, key }) => ({
    message: `${label} has no "${path}" (${key})`,
    hint:
      key === 'target.cwd'
        ? 'set target.cwd to a folder that both refs have; by default it is that of the scenario file'
        : 'the path is taken in the checkout at the same place as in the working tree',
  })),
  'git-failed': entry<{ what: string; output: string }>('failed', ({ what, output }) => ({
    message: `git could not ${what}${output}`,
    hint: 'what git said stands above; nothing of the repository was changed',
  })),
  'build-failed': entry<{ label: string; command: string; how: string; output: string }>(
    'failed',
    ({ label, command, how, output }) => ({
      message: `${label} does not build: ${command} (${how})${output}`,
      hint: 'build runs in a fresh checkout, without a shell and without what git ignores (node_modules, .env): see target.build',
    }),
  ),

  // The database.
  'database-refused': entry<{ host: string; reason: string }>('failed', ({ host, reason }) => ({
    message: `the database at ${host} refuses the connection: ${reason}`,
    hint: 'is it running, and are host and port of database.url right?',
  })),
  'database-login': entry<{ host: string; reason: string }>('failed', ({ host, reason }) => ({
    message: `the database at ${host} does not let us in: ${reason}`,
    hint: 'check the user, the password and the database name in database.url',
  })),
  'database-rights': entry<{ what: string; reason: string }>('failed', ({ what, reason }) => ({
    message: `the database user may not ${what}: ${reason}`,
    hint: 'grant it, or use another user in database.url',
  })),
  'database-copy': entry<{ reason: string }>('failed', ({ reason }) => ({
    message: `the variants cannot be given copies of the database: ${reason}`,
    hint: 'mend that, or leave out database.isolate: the variants then share the database',
  })),
  'database-settings': entry<{ sql: string; reason: string }>('failed', ({ sql, reason }) => ({
    message: `the database's settings, which were changed for the trace, could not be put back: ${reason}`,
    hint: `the next start tries again; or run this on the server: ${sql}`,
  })),
  'database-setup': entry<{ file: string; reason: string }>('failed', ({ file, reason }) => ({
    message: `the setup script ${file} failed: ${reason}`,
    hint: 'run it with psql against an empty database to see the whole error',
  })),
  'embedded-postgres-missing': entry<{ platform: string }>('failed', ({ platform }) => ({
    message: `there is no embedded PostgreSQL for ${platform}`,
    hint: 'install without --omit=optional, or give database.url of a server of your own',
  })),
  'embedded-postgres-failed': entry<{ step: string; output: string }>('failed', ({ step, output }) => ({
    message: `the embedded PostgreSQL did not start (${step})${output}`,
    hint: 'the temporary folder needs 1 GB and must let other users in; give database.url of a server of your own',
  })),

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
