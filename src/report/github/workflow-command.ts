import { oneLine, visibleText } from '../untrusted-text.ts';

export interface WorkflowCommand {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  /** Relative to the repository. */
  readonly file?: string;
  readonly line?: number;
}

/**
 * One line that a GitHub runner makes an annotation of; nothing in it can end it or begin another one.
 *
 * Source: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
 */
export function workflowCommand({ level, message, ...properties }: WorkflowCommand): string {
  const { file, line, title } = properties;
  const parts = Object.entries({ file, line, title }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${escapeProperty(oneLine(String(value)))}`],
  );
  return `::${level} ${parts.join(',')}::${escapeData(visibleText(message))}`;
}

const escapeData = (text: string) => text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');

const escapeProperty = (text: string) => escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
