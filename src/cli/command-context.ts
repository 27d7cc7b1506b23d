/** What every command is given. */
export interface CommandContext {
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
  /** For commands that end well but not with 0. */
  readonly setExitCode: (code: number) => void;
}
