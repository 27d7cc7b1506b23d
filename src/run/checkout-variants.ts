import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { Failure, placed, type SourcePosition } from '../model/failure.ts';
import { revisionLabel } from '../model/revision-label.ts';
import type { Revision, ValidityWarning } from '../model/run.ts';
import { type Scenario, type Variant, workingTreeRef } from '../model/scenario.ts';
import { buildCheckout } from '../target/build-checkout.ts';
import { findRepository, type Repository } from '../target/git.ts';
import { resolveRevision } from '../target/revision.ts';
import { openWorktrees, type Worktrees } from '../target/worktrees.ts';
import type { OnProgress } from './progress.ts';
import { setUpLikeLast } from './variant-setup.ts';

/** A scenario whose variants are all there to be started. */
export interface CheckedOut {
  readonly scenario: Scenario;
  /** By variant; empty where none names a state of the code. */
  readonly revisions: Readonly<Record<string, Revision>>;
  /** What a reader of the run has to know of it. */
  readonly notes: readonly ValidityWarning[];
}

/**
 * Checks out and builds what the variants name, runs `work`, and removes all of it again, whatever happens.
 *
 * Refs are those of the repository that holds the scenario file, and are resolved once, before anything is checked
 * out. The working tree stays as it is and is not built. One database serves both variants, so the setup scripts are
 * those of the last variant: what is to be shipped. Throws `git-*`, `build-failed` and `interrupted`.
 */
export async function withCheckouts<T>(
  scenario: Scenario,
  signal: AbortSignal,
  onProgress: OnProgress,
  work: (checkedOut: CheckedOut) => Promise<T>,
): Promise<T> {
  if (scenario.variants.every(({ git }) => git === undefined)) return work({ scenario, revisions: {}, notes: [] });
  onProgress({ pass: 'checkout', text: 'reading the repository' });
  const repository = await findRepository(await realpath(dirname(scenario.file)), signal);
  const places = await placesOf(scenario, repository);
  const revisions: Record<string, Revision> = {};
  for (const { name, git } of scenario.variants) {
    if (!git) continue;
    revisions[name] = await resolveRevision(repository, git.ref, signal).catch((error: unknown) => {
      throw placed(error, scenario.positions[`variants.${name}.git`]);
    });
  }
  const worktrees = await openWorktrees(repository, signal);
  try {
    const variants: Variant[] = [];
    for (const variant of scenario.variants) {
      const revision = revisions[variant.name];
      if (!revision || revision.ref === workingTreeRef) variants.push(variant);
      else
        variants.push(
          await checkOut({ scenario, variant, revision, repository, places, worktrees, signal, onProgress }),
        );
    }
    const { database, notes } = await setUpLikeLast(scenario, variants, revisions, places.setup);
    return await work({ scenario: { ...scenario, variants, ...(database && { database }) }, revisions, notes });
  } finally {
    await worktrees.remove();
  }
}

/** Where in the repository the scenario's paths lie, relative to its root. */
interface Places {
  readonly cwd: string;
  readonly setup: readonly string[];
}

async function placesOf({ target, variants, database, positions }: Scenario, { root }: Repository): Promise<Places> {
  const within = async (path: string, key: string, at: SourcePosition | undefined): Promise<string> => {
    const way = relative(root, await realpath(path));
    if (!isOutside(way)) return way;
    throw new Failure('git-path-outside', { path, repository: root, key }, { at });
  };
  const cwd = await within(target.cwd, 'target.cwd', positions['target.cwd'] ?? positions.target);
  const commands = [
    { command: target.command, at: positions['target.command'] },
    ...variants.map(({ name, command }) => ({ command, at: positions[`variants.${name}.command`] })),
  ];
  for (const { command = [], at } of commands) {
    const fixed = command.find((word) => isAbsolute(word) && !isOutside(relative(root, word)));
    if (fixed !== undefined) throw new Failure('git-path-fixed', { path: fixed }, { at });
  }
  const key = 'database.embedded.setup';
  const files = database?.source.kind === 'embedded' ? database.source.setup : [];
  const setup = await Promise.all(files.map((file, index) => within(file, key, positions[`${key}.${index}`])));
  return { cwd, setup };
}

const isOutside = (way: string) => way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);

interface CheckoutOrder {
  readonly scenario: Scenario;
  readonly variant: Variant;
  readonly revision: Revision;
  readonly repository: Repository;
  readonly places: Places;
  readonly worktrees: Worktrees;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

async function checkOut(order: CheckoutOrder): Promise<Variant> {
  const { scenario, variant, revision, repository, places, worktrees, signal, onProgress } = order;
  const label = revisionLabel(revision);
  const at = scenario.positions[`variants.${variant.name}.git`];
  onProgress({ pass: 'checkout', text: label });
  const root = await worktrees.add(variant.name, revision.commit, signal);
  const cwd = join(root, places.cwd);
  const isFolder = await stat(cwd).then(
    (info) => info.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    throw new Failure('git-path-missing', { label, path: places.cwd, key: 'target.cwd' }, { at });
  }
  const build = variant.git?.build;
  if (build && build.commands.length > 0) {
    onProgress({ pass: 'checkout', text: `building ${label}` });
    await buildCheckout({ build, cwd, env: scenario.target.env, label, signal }).catch((error: unknown) => {
      throw placed(error, scenario.positions[`variants.${variant.name}.build`] ?? scenario.positions['target.build']);
    });
  }
  return { ...variant, checkout: { root, repository: repository.root, cwd } };
}
