import type { Finding } from '../../model/finding.ts';

export interface Place {
  readonly file: string;
  readonly line: number;
}

/**
 * Where in the repository a finding shows: the first statement or function of its evidence whose line is known; nothing
 * for code that is not in it.
 *
 * @param root - absolute path of the repository
 */
export function findingPlace({ evidence }: Finding, root: string): Place | undefined {
  const places = evidence.flatMap((entry): readonly Partial<Place>[] => {
    if (entry.kind === 'frames') return entry.rows.map(({ frame }) => frame);
    return entry.kind === 'statement' && entry.place ? [entry.place] : [];
  });
  for (const { file = '', line } of places) {
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
