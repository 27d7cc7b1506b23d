import { createInterface } from 'node:readline/promises';
import { Failure } from '../model/failure.ts';
import { type Answers, parseLoad, parsePaths } from '../scenario/draft/from-answers.ts';

interface Terminal {
  readonly input: NodeJS.ReadableStream;
  /** Where the questions go, so that the answer to `--out -` stays clean. */
  readonly output: NodeJS.WritableStream;
}

type Given = Pick<Answers, 'url' | 'command'>;
type Parsed<T> = { readonly value: T } | { readonly problem: string };

const parsed = <T extends object>(result: T | { readonly problem: string }): Parsed<T> =>
  'problem' in result ? result : { value: result };

/**
 * Asks for what a scenario needs; what was `given` on the command line is not asked for.
 *
 * Throws `interrupted` on Ctrl-C, and where the input ends before the last answer.
 */
export async function askScenario(given: Given, { input, output }: Terminal, signal: AbortSignal): Promise<Answers> {
  const ended = new AbortController();
  const lines = createInterface({ input, output });
  lines.on('close', () => ended.abort());
  lines.on('SIGINT', () => ended.abort());
  const question = async (text: string): Promise<string> => {
    try {
      return (await lines.question(text, { signal: AbortSignal.any([signal, ended.signal]) })).trim();
    } catch (cause) {
      if (!ended.signal.aborted && !signal.aborted) throw cause;
      output.write('\n');
      throw new Failure('interrupted', {}, { cause });
    }
  };
  const ask = async <T>(text: string, usual: string, parse: (answer: string) => Parsed<T>): Promise<T> => {
    for (;;) {
      const answer = parse((await question(`${text}${usual === '' ? '' : ` [${usual}]`}: `)) || usual);
      if ('value' in answer) return answer.value;
      output.write(`  ${answer.problem}\n`);
    }
  };

  try {
    const command =
      given.command ??
      (given.url === undefined
        ? await ask('Command that starts the service (empty: it runs already)', '', optional)
        : undefined);
    const usualUrl = command === undefined ? 'http://127.0.0.1:3000' : 'http://127.0.0.1:${PORT}';
    const url = given.url ?? (await ask('Its url', usualUrl, (text) => serviceUrl(text, command !== undefined)));
    const paths = await ask('Paths to request, separated by spaces', '/', (text) => parsed(parsePaths(text)));
    const load = await ask('Connections, or a rate such as 200/s', '10', (text) => parsed(parseLoad(text)));
    const databaseVariable =
      command === undefined
        ? undefined
        : await ask('Variable by which it finds its PostgreSQL, such as DATABASE_URL (empty: none)', '', variableName);
    const variable =
      command === undefined
        ? undefined
        : await ask('Variable that switches between before and after (empty: no comparison)', '', variableName);
    const comparison =
      variable === undefined
        ? undefined
        : {
            variable,
            before: await ask(`${variable} before`, 'false', anyText),
            after: await ask(`${variable} after`, 'true', anyText),
          };
    return { url, command, paths, load, databaseVariable, comparison };
  } finally {
    lines.close();
  }
}

const anyText = (text: string): Parsed<string> => ({ value: text });
const optional = (text: string): Parsed<string | undefined> => ({ value: text === '' ? undefined : text });

function variableName(text: string): Parsed<string | undefined> {
  if (text === '' || /^[A-Za-z_][A-Za-z0-9_]*$/.test(text)) return optional(text);
  return { problem: 'use letters, digits and underscores' };
}

function serviceUrl(text: string, isLaunched: boolean): Parsed<string> {
  const sample = isLaunched ? text.replaceAll('${PORT}', '1') : text;
  if (URL.canParse(sample) && /^https?:$/.test(new URL(sample).protocol)) return { value: text };
  return { problem: 'write it as http://127.0.0.1:3000' };
}
