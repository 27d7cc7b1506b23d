import { readFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { Command } from 'commander';
import { profilePid } from '../../instruments/profile/profile-pid.ts';
import { readCpuProfile } from '../../instruments/profile/stack-profile.ts';
import { Failure } from '../../model/failure.ts';
import type { StackProfile } from '../../model/profile.ts';
import { renderProfile } from '../../report/terminal/render-profile.ts';
import { renderProfileChange } from '../../report/terminal/render-profile-change.ts';
import { drawFlameGraph } from '../../run/flame-graph.ts';
import { profileScenario } from '../../run/profile-only.ts';
import { requireWritable, unwritable } from '../../run/whole-folder.ts';
import { loadScenario } from '../../scenario/load-scenario.ts';
import type { CommandContext } from '../command-context.ts';
import { wholeNumber } from '../option-values.ts';
import { createProgressLine } from '../progress-line.ts';
import { printMessage, printResult, terminalStyle } from '../terminal.ts';

interface ProfileOptions {
  readonly pid?: number;
  readonly duration: number;
  readonly output: string;
  readonly out: string;
  readonly quiet?: boolean;
  readonly allowHost?: readonly string[];
}

/** `chokepoint profile`: a flame graph of a scenario, of a running Node process, or of a .cpuprofile file; or the difference of two files. */
export function profileCommand({ signal }: CommandContext): Command {
  return new Command('profile')
    .description('draw a CPU flame graph: of a scenario, of a running Node process, or of a .cpuprofile file')
    .argument('[source]', 'a scenario (YAML) or a .cpuprofile file')
    .argument('[after]', 'a second .cpuprofile file: what differs is printed, and no flame graph drawn')
    .option('--pid <n>', 'a Node process that runs on this machine, instead of a source', wholeNumber(1, 2 ** 31))
    .option('--duration <seconds>', 'how long to profile the process', wholeNumber(1, 600), 5)
    .option('-o, --output <file>', 'the flame graph of a process or file', 'flame.html')
    .option('--out <folder>', 'where the flame graphs of a scenario are kept', '.chokepoint/profiles')
    .option('--allow-host <host...>', 'hosts other than this machine that load may be sent to')
    .addHelpText(
      'after',
      '\nExample:\n  $ chokepoint profile scenarios/orders.yaml\n  $ chokepoint profile --pid 4711 --duration 10\n' +
        '  $ chokepoint profile before.cpuprofile after.cpuprofile\n',
    )
    .action(async (source: string | undefined, after: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ProfileOptions>();
      if (source !== undefined && after !== undefined) {
        const hint = 'chokepoint profile before.cpuprofile after.cpuprofile';
        if (options.pid !== undefined || [source, after].some(isScenario)) {
          throw new Failure('usage', { detail: 'only two .cpuprofile files can be compared', hint });
        }
        await showChange(source, after);
      } else if (options.pid !== undefined) {
        await requireWritable(dirname(options.output));
        const profile = await profilePid(options.pid, options.duration * 1000, signal);
        await showOne(profile, `process ${options.pid}`, options.output, signal);
      } else if (source === undefined) {
        const hint = 'chokepoint profile scenarios/orders.yaml, or --pid N';
        throw new Failure('usage', { detail: 'give a scenario, a .cpuprofile file, or --pid', hint });
      } else if (isScenario(source)) {
        await showScenario(source, options, signal);
      } else {
        await showOne(await readProfile(source), source, options.output, signal);
      }
    });
}

const isScenario = (path: string) => /\.ya?ml$/i.test(path);

async function readProfile(path: string): Promise<StackProfile> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Failure('profile-unreadable', { path, reason: (cause as Error).message }, { cause });
  });
  return readCpuProfile(text, path);
}

async function showChange(before: string, after: string): Promise<void> {
  const [was, is] = [await readProfile(before), await readProfile(after)];
  const sides = [
    { title: before, profile: was },
    { title: after, profile: is },
  ] as const;
  await printResult(renderProfileChange(...sides, terminalStyle()));
}

async function showScenario(path: string, options: ProfileOptions, signal: AbortSignal): Promise<void> {
  const scenario = await loadScenario(path, process.env, { allowHosts: options.allowHost ?? [] });
  const progress = createProgressLine(process.stderr, options.quiet ?? false);
  try {
    const results = await profileScenario(scenario, options.out, signal, progress.show);
    progress.clear();
    for (const { variant, profile, flameGraph } of results) {
      for (const { profile: stacks, requests, endpoints } of profile.flows) {
        const title = `${variant}: ${endpoints.join(', ')}`;
        await printResult(renderProfile({ title, profile: stacks, requests }, terminalStyle()));
      }
      printMessage(`flame graph: ${relative(process.cwd(), flameGraph)}`);
    }
  } finally {
    progress.clear();
  }
}

async function showOne(profile: StackProfile, title: string, output: string, signal: AbortSignal): Promise<void> {
  await drawFlameGraph({ profile, title, outputHtml: output, signal }).catch((error: unknown) => {
    throw error instanceof Error && 'syscall' in error ? unwritable(output, error) : error;
  });
  await printResult(renderProfile({ title, profile }, terminalStyle()));
  printMessage(`flame graph: ${output}`);
}
