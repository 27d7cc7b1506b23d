import { Failure } from '../model/failure.ts';
import type { BuildSpec } from '../model/scenario.ts';
import { inAnyRepository } from './git.ts';
import { runToEnd } from './run-to-end.ts';

export interface CheckoutBuild {
  readonly build: BuildSpec;
  readonly cwd: string;
  /** Laid over our own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Of the code that is built: `main@1a2b3c4`. */
  readonly label: string;
  readonly signal: AbortSignal;
}

/**
 * Runs the commands of a build one after the other, each without a shell.
 *
 * There is no PORT, and no variable that holds `${PORT}`: nothing listens yet. Throws `build-failed` with the last
 * lines that the command wrote, and `interrupted`.
 */
export async function buildCheckout({ build, cwd, env, label, signal }: CheckoutBuild): Promise<void> {
  const { PORT: _port, ...own } = inAnyRepository();
  const portless = Object.entries(env).filter(([, value]) => !value.includes('${PORT}'));
  const deadline = performance.now() + build.timeoutMs;
  for (const words of build.commands) {
    const end = await runToEnd({
      words,
      cwd,
      env: { ...own, ...Object.fromEntries(portless) },
      signal,
      timeoutMs: Math.max(0, deadline - performance.now()),
    });
    if (end.status === 'ended' && end.code === 0) continue;
    const how = end.status === 'ended' ? `exit code ${end.code}` : end.how;
    throw new Failure('build-failed', { label, command: words.join(' '), how, output: end.output });
  }
}
