import { entry } from './failure-entry.ts';

/** What can happen to the service under test. */
export const serviceFailures = {
  'command-not-found': entry<{ command: string; reason?: string }>('usage', ({ command, reason }) => ({
    message: `the command "${command}" ${reason === undefined ? 'does not exist' : `cannot be run: ${reason}`}`,
    hint: 'target.command is run without a shell from the folder of target.cwd: check the name and the path',
  })),
  'service-exited': entry<{ command: string; how: string; output: string }>('failed', ({ command, how, output }) => ({
    message: `the service ended before it was ready (${how}): ${command}${output}`,
    hint: 'run the command by itself with the same environment; its last output stands above',
  })),
  'service-never-ready': entry<{ url: string; seconds: number; last: string; output: string }>(
    'failed',
    ({ url, seconds, last, output }) => ({
      message: `the service was not ready within ${seconds} s: ${url} ${last}${output}`,
      hint: 'check target.url, target.ready and that the service listens on ${PORT}; raise target.readyTimeout for a slow start',
    }),
  ),
  'service-died': entry<{ how: string; during: string; output: string }>('failed', ({ how, during, output }) => ({
    message: `the service died during the ${during} pass (${how})${output}`,
    hint: 'no number of this run can be trusted, so none was written; see its last output above',
  })),
  'profile-failed': entry<{ reason: string }>('failed', ({ reason }) => ({
    message: `the service could not be profiled: ${reason}`,
    hint: 'docs/profile.md says what the profiler needs',
  })),
  'target-unreachable': entry<{ url: string; reason: string }>('failed', ({ url, reason }) => ({
    message: `nothing answers at ${url}: ${reason}`,
    hint: 'start the service first, or give target.command so that chokepoint starts it',
  })),
  'certificate-refused': entry<{ url: string; reason: string }>('failed', ({ url, reason }) => ({
    message: `the certificate of ${url} is refused: ${reason}`,
    hint: 'name its authority in target.tls.ca, its name in target.tls.servername, or accept any with target.tls.insecure: true',
  })),
  'own-certificate-refused': entry<{ url: string; reason: string }>('failed', ({ url, reason }) => ({
    message: `${url} does not let us in without a certificate that it trusts: ${reason}`,
    hint: 'give one that its authority has signed: target.tls.cert and target.tls.key',
  })),
  'port-taken': entry<{ port: number; url: string }>('failed', ({ port, url }) => ({
    message: `port ${port} is taken by another process (${url})`,
    hint: 'stop it, or let chokepoint choose: write ${PORT} in target.url',
  })),
  'socket-taken': entry<{ path: string }>('failed', ({ path }) => ({
    message: `another process listens at the socket ${path}`,
    hint: 'stop it, or give each process a socket of its own: write ${PORT} in target.socket',
  })),
  'requests-failing': entry<{ endpoint: string; detail: string }>('failed', ({ endpoint, detail }) => ({
    message: `every request of ${endpoint} failed: ${detail}`,
    hint: '`chokepoint check` sends each request once; mend the scenario or the service',
  })),
} as const;
