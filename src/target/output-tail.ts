import { stripVTControlCharacters } from 'node:util';

/** The last lines that a process wrote, for the message that says why it failed. */
export interface OutputTail {
  add(chunk: string | Uint8Array): void;
  /** Empty, or an indented block on lines of its own. */
  toString(): string;
}

// What a service prints must not move the cursor of the user's terminal.
const controls = /(?![\n\t])\p{Cc}/gu;

export function createOutputTail(maxLines = 20, maxCharacters = 8000): OutputTail {
  let text = '';
  const decoder = new TextDecoder();
  return {
    add(chunk) {
      text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
      if (text.length > maxCharacters * 2) text = text.slice(-maxCharacters);
    },
    toString() {
      const printable = stripVTControlCharacters(text.slice(-maxCharacters)).replace(controls, '');
      const lines = printable.trimEnd().split('\n').slice(-maxLines);
      if (lines.length === 1 && lines[0] === '') return '';
      return `\n${lines.map((line) => `    | ${line}`).join('\n')}`;
    },
  };
}
