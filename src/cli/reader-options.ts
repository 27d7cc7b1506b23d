import { type Command, InvalidArgumentError } from 'commander';
import { type Redaction, redactions } from '../report/redact/redact-run.ts';
import type { ReportHeading } from '../report/report-heading.ts';

/** For whom a report is written. */
export interface ReaderOptions {
  readonly client?: string;
  readonly title?: string;
  readonly redact?: readonly Redaction[];
}

/** Adds the options of those who hand a report on. */
export function withReaderOptions(command: Command): Command {
  return command
    .option('--client <name>', 'for whom the report is: its heading says so')
    .option('--title <text>', 'the heading of the report')
    .option('--redact <what>', `leave out ${redactions.join(', ')} (separated by commas), or all`, redactionsIn);
}

function redactionsIn(text: string): readonly Redaction[] {
  if (text === 'all') return redactions;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !redactions.includes(name as Redaction));
  if (unknown.length > 0) throw new InvalidArgumentError(`${redactions.join(', ')} or all are wanted.`);
  return names as Redaction[];
}

/** What was given of a heading. */
export function headingOf({ client, title }: ReaderOptions): ReportHeading {
  return { ...(client !== undefined && { client }), ...(title !== undefined && { title }) };
}
