import { Chalk } from 'chalk';
import type { Verdict } from '../../model/comparison.ts';

export interface TerminalOptions {
  /** Columns of the terminal; nothing is wider. */
  readonly width: number;
  /** Whether escape sequences may be written; the caller knows NO_COLOR and whether this is a terminal. */
  readonly color: boolean;
}

export type Paint = (text: string) => string;

/** The few colours of the terminal reports, by meaning. */
export interface Palette {
  readonly strong: Paint;
  readonly faint: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly unsure: Paint;
  readonly accent: Paint;
  readonly verdict: Readonly<Record<Verdict, Paint>>;
}

/** A palette of the 16 colours that every terminal lets its owner choose; without colours it changes nothing. */
export function palette(color: boolean): Palette {
  const chalk = new Chalk({ level: color ? 1 : 0 });
  // Chalk joins all of its arguments, so that it must not be handed to map as it is.
  const one =
    (style: (text: string) => string): Paint =>
    (text) =>
      style(text);
  return {
    strong: one(chalk.bold),
    faint: one(chalk.dim),
    good: one(chalk.green),
    bad: one(chalk.red),
    unsure: one(chalk.yellow),
    accent: one(chalk.cyan),
    verdict: {
      REGRESSED: one(chalk.bold.red),
      IMPROVED: one(chalk.bold.green),
      OK: one(chalk.bold),
      INCONCLUSIVE: one(chalk.bold.yellow),
    },
  };
}

/** Narrower than this nothing can be set in columns; wider lines are hard to read. */
export function usableWidth(width: number): number {
  return Math.min(Math.max(Math.floor(width) || 80, 60), 120);
}
