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
