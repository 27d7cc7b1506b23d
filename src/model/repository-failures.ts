import { entry } from './failure-entry.ts';

/** What can stand in the way of checking out a state of the code. */
export const repositoryFailures = {
  'git-missing': entry<{ reason: string }>('failed', ({ reason }) => ({
    message: `git cannot be run: ${reason}`,
    hint: 'install git, or compare by env and headers instead of git refs',
  })),
  'git-no-repository': entry<{ folder: string }>('usage', ({ folder }) => ({
    message: `${folder} is in no working tree of a git repository`,
    hint: 'refs are those of the repository that holds the scenario file: move it there',
  })),
  'git-unknown-ref': entry<{ ref: string; repository: string; suggestion?: string; isShallow: boolean }>(
    'usage',
    ({ ref, repository, suggestion, isShallow }) => ({
      message: `${repository} has no commit "${ref}"`,
      hint: suggestion
        ? `did you mean "${suggestion}"?`
        : isShallow
          ? 'the repository is a shallow clone: fetch the commit first (git fetch --unshallow, or fetch-depth: 0 of the checkout action)'
          : '`git branch --all` and `git tag` list the names; fetch a branch that is only on the server',
    }),
  ),
  'git-path-outside': entry<{ path: string; repository: string; key: string }>(
    'usage',
    ({ path, repository, key }) => ({
      message: `${key}: ${path} is outside of the repository ${repository}, so no ref has another state of it`,
      hint: 'name something inside of the repository that holds the scenario file',
    }),
  ),
  'git-path-fixed': entry<{ path: string }>('usage', ({ path }) => ({
    message: `target.command: ${path} is the file of the working tree, whatever ref is checked out`,
    hint: 'write the path relative to target.cwd, so that each checkout runs its own',
  })),
  'git-path-missing': entry<{ label: string; path: string; key: string }>('usage', ({ label, path, key }) => ({
    message: `${label} has no "${path}" (${key})`,
    hint:
      key === 'target.cwd'
        ? 'set target.cwd to a folder that both refs have; by default it is that of the scenario file'
        : 'the path is taken in the checkout at the same place as in the working tree',
  })),
  'git-failed': entry<{ what: string; output: string }>('failed', ({ what, output }) => ({
    message: `git could not ${what}${output}`,
    hint: 'what git said stands above; nothing of the repository was changed',
  })),
  'build-failed': entry<{ label: string; command: string; how: string; output: string }>(
    'failed',
    ({ label, command, how, output }) => ({
      message: `${label} does not build: ${command} (${how})${output}`,
      hint: 'build runs in a fresh checkout, without a shell and without what git ignores (node_modules, .env): see target.build',
    }),
  ),
} as const;
