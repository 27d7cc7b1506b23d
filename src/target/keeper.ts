import { execa } from 'execa';

/**
 * A shell that outlives this process and cleans up behind it, whatever ended it: not even SIGKILL, or a heap that is
 * full, leaves a service or a database behind.
 *
 * It reads what there is from its standard input, which ends with us: `+<number> <signal> <process>` or
 * `+<number> folder <path>`, and `-<number>` for what is gone by itself. It has a session of its own, so that no Ctrl-C
 * reaches it. Windows has no such shell: there, what a killed process leaves stays.
 */
const script = `
added=
gone='|'
while IFS= read -r line; do
  case $line in
    +*) added="$added\${line#+}
" ;;
    -*) gone="$gone\${line#-}|" ;;
  esac
done
left() {
  printf '%s' "$added" | while IFS=' ' read -r number kind what; do
    case $gone in *"|$number|"*) ;; *) printf '%s %s\\n' "$kind" "$what" ;; esac
  done
}
remaining=$(left)
[ -n "$remaining" ] || exit 0
printf '%s\\n' "$remaining" | while IFS=' ' read -r kind what; do
  case $kind in folder) ;; KILL) kill -s KILL -- "-$what" ;; *) kill -s "$kind" "$what" ;; esac
done
sleep 0.3
printf '%s\\n' "$remaining" | while IFS=' ' read -r kind what; do
  case $kind in folder) rm -rf -- "$what" ;; *) kill -s KILL -- "-$what" ;; esac
done
`;

export interface Keeper {
  /** What is to be ended or removed once this process is gone; returns what says that this is no longer needed. */
  keep(what: { readonly pid: number; readonly ending: NodeJS.Signals } | { readonly folder: string }): () => void;
}

/** Does not keep this process from ending. */
export function startKeeper(): Keeper {
  if (process.platform === 'win32') return { keep: () => () => undefined };
  const shell = execa('/bin/sh', ['-c', script], {
    ...{ detached: true, cleanup: false, reject: false, extendEnv: false },
    ...{ env: { PATH: process.env.PATH ?? '/usr/bin:/bin' }, stdin: 'pipe', stdout: 'ignore', stderr: 'ignore' },
  });
  shell.unref();
  const { stdin } = shell;
  // Without a shell, and where somebody ended it, the net has a hole and the run goes on.
  stdin.on('error', () => undefined);
  if ('unref' in stdin) (stdin as { unref(): void }).unref();
  let last = 0;
  return {
    keep(what) {
      last += 1;
      const number = last;
      const line = 'folder' in what ? `folder ${what.folder}` : `${what.ending.replace(/^SIG/, '')} ${what.pid}`;
      stdin.write(`+${number} ${line.replaceAll('\n', '?')}\n`);
      return () => stdin.write(`-${number}\n`);
    },
  };
}
