import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command, Option } from 'commander';
import { Failure, throwIfAborted } from '../../model/failure.ts';
import { type Draft, type SourceKind, sourceKinds } from '../../scenario/draft/draft.ts';
import { draftScenario } from '../../scenario/draft/draft-scenario.ts';
import { draftFromAnswers } from '../../scenario/draft/from-answers.ts';
import { besideReader, readSource } from '../../scenario/draft/read-source.ts';
import { renderDraft, usedVariables } from '../../scenario/draft/render-draft.ts';
import { loadScenario } from '../../scenario/load-scenario.ts';
import { askScenario } from '../ask-scenario.ts';
import type { CommandContext } from '../command-context.ts';
import { renderNotes } from '../draft-notes.ts';
import { printMessage, printResult } from '../terminal.ts';
import { refuseTaken, writeWholeFile } from '../whole-file.ts';

interface InitOptions {
  readonly from?: SourceKind;
  readonly url?: string;
  readonly command?: string;
  readonly out?: string;
  readonly writes?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
}

/** `chokepoint init`: a first scenario from what describes the service already, or from questions. */
export function initCommand({ signal }: CommandContext): Command {
  return new Command('init')
    .description('draft a scenario from an OpenAPI 3 document, a HAR file, an Artillery file, or from questions')
    .argument('[source]', 'the file; without one, questions are asked')
    .addOption(new Option('--from <kind>', 'what the file is; default: told by its content').choices(sourceKinds))
    .option('--url <url>', 'where the service listens')
    .option('--command <command>', 'starts the service')
    .option('--writes', 'take the operations of an OpenAPI document that change data too')
    .option('-o, --out <file>', 'where to write it, - for standard output; default: <name>.yaml')
    .option('--force', 'replace a file that is there')
    .option('-y, --yes', 'ask nothing: take the defaults')
    .addHelpText('after', '\nExample:\n  $ chokepoint init openapi.yaml --command "node server.js"\n')
    .action(async (source: string | undefined, options: InitOptions) => {
      if (options.out !== undefined) await refuseOut(options.out, options);
      const draft =
        source === undefined ? await draftByQuestions(options, signal) : await draftFromFile(source, options);
      const text = renderDraft(draft);
      const notes = renderNotes({ ...draft, variables: usedVariables(text, draft.variables) });
      const out = options.out ?? (await freeName(draft.scenario.name, source));
      throwIfAborted(signal);
      if (out === '-') {
        await printResult(text);
        printMessage(notes.join('\n'));
        return;
      }
      if (await isSameFile(out, source)) {
        const hint = 'name another one: --out scenario.yaml';
        throw new Failure('usage', { detail: `${out} is the file to draft from`, hint });
      }
      await writeWholeFile(out, text, { replace: options.force ?? false });
      printMessage([`wrote ${out}`, ...notes, ...(await nextSteps(out))].join('\n'));
    });
}

async function refuseOut(out: string, { force }: InitOptions): Promise<void> {
  if (out === '')
    throw new Failure('usage', { detail: '--out names no file', hint: 'write it as --out scenario.yaml' });
  if (out !== '-' && !force) await refuseTaken(out);
}

async function draftFromFile(source: string, { from, out, url, command, writes }: InitOptions): Promise<Draft> {
  return draftScenario({
    text: await readSource(source),
    file: source,
    kind: from,
    options: { url, command, writes },
    readBeside: besideReader(source, out === undefined || out === '-' ? '.' : dirname(out)),
  });
}

async function draftByQuestions(options: InitOptions, signal: AbortSignal): Promise<Draft> {
  const { from, url, command, writes, yes } = options;
  if (from !== undefined || writes) {
    const detail = `--${from === undefined ? 'writes' : 'from'} needs a file to draft from`;
    throw new Failure('usage', { detail, hint: 'name it: chokepoint init openapi.yaml' });
  }
  if (options.out === undefined && !options.force) await refuseTaken('scenario.yaml');
  if (yes) return draftFromAnswers({ url, command, paths: ['/'], load: { connections: 10 } });
  if (!process.stdin.isTTY) {
    const detail = 'there is no terminal to ask questions on';
    const hint =
      'name a file to draft from, or give --yes with --url http://127.0.0.1:3000 or --command "node server.js"';
    throw new Failure('usage', { detail, hint });
  }
  return draftFromAnswers(
    await askScenario({ url, command }, { input: process.stdin, output: process.stderr }, signal),
  );
}

/** `<name>.yaml`, or another where that is what the draft is made from. */
async function freeName(name: string, source: string | undefined): Promise<string> {
  return (await isSameFile(`${name}.yaml`, source)) ? `${name}-scenario.yaml` : `${name}.yaml`;
}

async function isSameFile(out: string, source: string | undefined): Promise<boolean> {
  if (source === undefined) return false;
  const [written, read] = await Promise.all([out, source].map((path) => realpath(path).catch(() => undefined)));
  return written !== undefined && written === read;
}

/** The command that comes next, and what still keeps it from working. */
async function nextSteps(out: string): Promise<readonly string[]> {
  const command = `chokepoint check ${/^[\p{L}\p{N}._/-]+$/u.test(out) ? out : `'${out.replaceAll("'", "'\\''")}'`}`;
  try {
    await loadScenario(out, process.env);
    return [`next: ${command}`];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code === 'host-not-allowed') return [`${error.message}: ${error.hint}`, `next: ${command}`];
    return [`to be mended: ${error.message}: ${error.hint}`, `next: ${command}`];
  }
}
