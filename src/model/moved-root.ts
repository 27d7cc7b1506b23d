/**
 * Names the files of one checkout as those of another: two states of a service may lie in two folders.
 *
 * A file that both sides have keeps its path. For the others that change of the leading folders is taken that the most
 * of them agree on, so that `/tmp/a/src/x.js` is known as `/tmp/b/src/x.js`. Paths may be file URLs.
 */
export function movedRoot(from: readonly string[], to: readonly string[]): (file: string) => string {
  const [was, is] = [new Set(from), new Set(to)];
  const gone = [...was].filter((file) => !is.has(file));
  const came = new Map<string, string[]>();
  for (const file of is) {
    if (!was.has(file)) came.set(nameOf(file), [...(came.get(nameOf(file)) ?? []), file]);
  }
  const moves = new Map<string, Move>();
  for (const file of gone) {
    for (const other of came.get(nameOf(file)) ?? []) {
      const shared = sharedEnd(file, other);
      const move = { from: file.slice(0, -shared), to: other.slice(0, -shared), files: 0 };
      const key = `${move.from}\u0000${move.to}`;
      moves.set(key, { ...move, files: (moves.get(key)?.files ?? 0) + 1 });
    }
  }
  // Of moves that as many files agree on, the one that changes least of the path.
  const [best] = [...moves.values()].sort((a, b) => b.files - a.files || a.from.length - b.from.length);
  return (file) => {
    if (!best || is.has(file) || !file.startsWith(best.from)) return file;
    return best.to + file.slice(best.from.length);
  };
}

interface Move {
  readonly from: string;
  readonly to: string;
  readonly files: number;
}

const nameOf = (file: string) => file.split('/').at(-1) ?? '';

/** Length of the last segments that two paths share, without the slash before them. */
function sharedEnd(a: string, b: string): number {
  const [left, right] = [a.split('/').reverse(), b.split('/').reverse()];
  const differing = left.findIndex((segment, index) => segment !== right[index]);
  return left.slice(0, differing === -1 ? left.length : differing).join('/').length;
}
