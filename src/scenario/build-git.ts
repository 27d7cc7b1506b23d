import { Failure } from '../model/failure.ts';
import { type BuildSpec, type Variant, workingTreeRef } from '../model/scenario.ts';
import { invalidValue, textsAt } from './invalid-value.ts';
import { parseDuration } from './quantities.ts';
import type { ScenarioDocument } from './schema.ts';
import { isRef } from './schema-git.ts';
import type { SourceNode } from './source-tree.ts';
import { splitCommand } from './split-command.ts';

/** The states of the code that the command line names. */
export interface CodeChoice {
  readonly before?: string;
  /** Left out beside `before`: the working tree as it is. */
  readonly after?: string;
  /** In place of `target.build`. */
  readonly build?: string;
}

/**
 * The variants with the state of the code that each of them is; as they are where none names one.
 *
 * Beside a variant with a ref, one without it is the working tree. Throws `usage` for what the command line names and
 * the scenario has no use for.
 */
export function withCode(
  variants: readonly Variant[],
  document: ScenarioDocument,
  root: SourceNode,
  choice: CodeChoice,
): readonly Variant[] {
  const build = buildOf(document, root, choice.build);
  if (choice.before !== undefined) return sides(choice.before, choice.after, build, document);
  if (choice.after !== undefined) {
    throw new Failure('usage', { detail: '--after is nothing without --before', hint: beforeHint });
  }
  const written = variants.map(({ name }) => refOf(document, root, name));
  if (written.every((ref) => ref === undefined)) {
    if (choice.build === undefined) return variants;
    throw new Failure('usage', { detail: '--build is nothing without a git ref to build', hint: beforeHint });
  }
  return variants.map((variant, index) => {
    const own = document.variants[variant.name]?.build;
    const commands = own === undefined ? build.commands : commandsOf(own, root, ['variants', variant.name, 'build']);
    return { ...variant, git: { ref: written[index] ?? workingTreeRef, build: { ...build, commands } } };
  });
}

const beforeHint = 'name what to compare with: --before main';

function sides(
  before: string,
  after: string = workingTreeRef,
  build: BuildSpec,
  { variants, target }: ScenarioDocument,
): readonly Variant[] {
  if (Object.keys(variants).length > 0) {
    const hint = 'write git: under its variants, or leave them out of the scenario';
    throw new Failure('usage', { detail: '--before does not go with a scenario that has variants of its own', hint });
  }
  if (target.command === undefined) {
    const hint = 'give target.command, so that chokepoint starts the service from each checkout';
    throw new Failure('usage', { detail: '--before has no effect on a service that is already running', hint });
  }
  for (const [option, ref] of Object.entries({ '--before': before, '--after': after })) {
    if (isRef(ref)) continue;
    const hint = 'give a branch, a tag, a commit, or a dot for the working tree as it is';
    throw new Failure('usage', { detail: `${option}: "${ref}" is not a git ref`, hint });
  }
  return [
    { name: 'before', env: {}, headers: {}, git: { ref: before, build } },
    { name: 'after', env: {}, headers: {}, git: { ref: after, build } },
  ];
}

/** The ref of a variant as it is written: `1234567` is no number. */
function refOf({ variants, target }: ScenarioDocument, root: SourceNode, name: string): string | undefined {
  const path = ['variants', name];
  const { git: ref } = textsAt(root, path);
  const hasBuild = variants[name]?.build !== undefined;
  if (hasBuild && (ref === undefined || ref === workingTreeRef)) {
    const reason = 'has no effect without a git ref: the working tree is measured as it is';
    throw invalidValue(root, [...path, 'build'], reason, 'add git: main, or leave it out');
  }
  if (ref !== undefined && variants[name]?.url !== undefined) {
    throw invalidValue(
      root,
      [...path, 'git'],
      'stands beside url',
      'keep one of the two: what has a url is not started',
    );
  }
  if (ref !== undefined && (variants[name]?.command ?? target.command) === undefined) {
    const reason = 'has no effect on a service that is already running';
    const hint = 'give target.command, so that chokepoint starts the service from the checkout';
    throw invalidValue(root, [...path, 'git'], reason, hint);
  }
  return ref;
}

function buildOf({ target }: ScenarioDocument, root: SourceNode, chosen: string | undefined): BuildSpec {
  const timeoutMs = parseDuration(target.buildTimeout) ?? 0;
  if (target.build !== undefined && target.command === undefined) {
    const reason = 'has no effect on a service that is already running';
    throw invalidValue(root, ['target', 'build'], reason, 'give target.command, or leave this out');
  }
  if (chosen !== undefined) {
    const commands = [wordsOf(chosen, (detail, hint) => new Failure('usage', { detail: `--build ${detail}`, hint }))];
    return { commands, timeoutMs };
  }
  return { commands: target.build === undefined ? [] : commandsOf(target.build, root, ['target', 'build']), timeoutMs };
}

type Written = NonNullable<ScenarioDocument['target']['build']>;

function commandsOf(written: Written, root: SourceNode, path: readonly PropertyKey[]): BuildSpec['commands'] {
  if (typeof written === 'string') return [wordsOf(written, (reason, hint) => invalidValue(root, path, reason, hint))];
  return written.map((command, index) =>
    typeof command === 'string'
      ? wordsOf(command, (reason, hint) => invalidValue(root, [...path, index], reason, hint))
      : command,
  );
}

/** What a shell would take for more than a word. */
const operators = new Set(['&&', '||', '|', '&', ';', '>', '>>', '<']);

function wordsOf(line: string, wrong: (reason: string, hint: string) => Failure): readonly string[] {
  const words = splitCommand(line);
  if ('error' in words) throw wrong(words.error, 'close it, or write the command as a list of words');
  if (!words[0]) throw wrong('is empty', 'leave it out where nothing is to be built');
  const operator = words.find((word) => operators.has(word) || /^[\w-]+;$/.test(word));
  if (operator === undefined) return words;
  const hint = 'write several commands as a list: build: [npm ci, npm run build]';
  throw wrong(`is not run by a shell, and "${operator}" would need one`, hint);
}
