import type { Finding } from '../../model/finding.ts';

export interface Place {
  readonly file: string;
  readonly line: number;
}

/**
 * Where in the repository the first function of a finding stands that has a line; nothing for code that is not in it.
 *
 * @param root - absolute path of the repository
 */
export function findingPlace({ evidence }: Finding, root: string): Place | undefined {
  const frames = evidence.flatMap((entry) => (entry.kind === 'frames' ? entry.rows.map(({ frame }) => frame) : []));
  for (const { file, line } of frames) {
    const path = withinRepository(file, root);
    if (path !== undefined && line !== undefined && Number.isInteger(line) && line > 0) return { file: path, line };
  }
  return undefined;
}

function withinRepository(file: string, root: string): string | undefined {
  const path = file.replace(/^file:\/\//, '').replaceAll('\\', '/');
  const folder = `${root.replaceAll('\\', '/').replace(/\/$/, '')}/`;
  const relative = path.startsWith(folder) ? path.slice(folder.length) : path;
  const isOurs = relative !== '' && !/^(?:\/|[a-z][a-z\d+.-]*:|…)/i.test(relative);
  return isOurs && !/(?:^|\/)(?:node_modules|\.\.)\//.test(relative) ? relative : undefined;
}
