import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { throwIfAborted } from '../../model/failure.ts';
import type { Frame, StackProfile } from '../../model/profile.ts';

/** Less than a tenth of a pixel on any screen; 0x draws 50,000 such nodes in 4 s and needs 10 MB for them. */
const minShare = 1 / 20_000;
/** 0x walks the tree by recursion. */
const maxDepth = 500;

/** A node as 0x reads it; `hitCount` is the width, here µs. */
interface PseudoNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  hitCount: number;
  readonly children: number[];
}

/**
 * What 0x 6.0.0 draws wrongly for our purpose, mended in the page that it wrote.
 *
 * A text that another release does not have is left out: the page then is as that release makes it.
 */
export const pagePatches: readonly { readonly find: string; readonly put: string; readonly why: string }[] = [
  {
    find: '<head>',
    put:
      '<head><meta http-equiv="Content-Security-Policy" content="default-src \'none\'; ' +
      "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:\">",
    why: 'the page reaches no network whatever it holds',
  },
  { find: 's *= vector', put: 's *= Math.min(vector, 6)', why: 'above that the hottest frames turn white' },
  {
    find: "new Set(['cpp', 'regexp', 'v8', 'native', 'init'])",
    put: 'new Set()',
    why: 'garbage collection and native code cost time too, and are hidden until a button is pressed',
  },
  {
    find: '/\\.m?js:\\d+(:\\d+?)?$/',
    put: '/\\.[cm]?[jt]sx?:\\d+(:\\d+?)?$/',
    why: 'TypeScript sources are code of the service',
  },
  { find: "allSamples + ' samples)<br />'", put: "allSamples + ' µs)<br />'", why: 'widths are µs' },
  { find: "allSamples + ' samples)'", put: "allSamples + ' µs)'", why: 'widths are µs' },
];

/**
 * Draws a profile as a 0x flame graph: one self-contained HTML file that needs no network.
 *
 * Calls of less than a twenty-thousandth of the time are counted with their callers. Takes one to four
 * seconds, of which most cannot be interrupted.
 */
export async function renderZeroXPage({
  profile,
  title,
  outputHtml,
  signal,
  guardFolder = () => () => undefined,
}: {
  readonly profile: StackProfile;
  readonly title: string;
  readonly outputHtml: string;
  readonly signal?: AbortSignal;
  /** Told of the temporary folder, so that it goes even where this is never done; gives what releases it. */
  readonly guardFolder?: (folder: string) => () => void;
}): Promise<void> {
  if (signal) throwIfAborted(signal);
  // 0x deletes what looks like a V8 log in its working folder: it gets one of its own.
  const folder = await mkdtemp(join(tmpdir(), 'chokepoint-0x-'));
  const release = guardFolder(folder);
  try {
    await writeFile(join(folder, 'profile.cpuprofile'), JSON.stringify({ nodes: toPseudoNodes(profile) }));
    // Loaded late: it brings browserify, which costs half a second that most commands need not spend.
    const { default: zeroX } = await import('0x');
    if (signal) throwIfAborted(signal);
    await zeroX({
      visualizeCpuProfile: 'profile.cpuprofile',
      workingDir: folder,
      outputHtml: 'page.html',
      title: inert(title),
      argv: [],
    });
    const page = await readFile(join(folder, 'page.html'), 'utf8');
    if (signal) throwIfAborted(signal);
    await writeFile(outputHtml, mend(page));
  } finally {
    await rm(folder, { recursive: true, force: true });
    release();
  }
}

// Each patch replaces its first occurrence: the code of the page stands before the names of the frames.
const mend = (page: string) => pagePatches.reduce((text, { find, put }) => text.replace(find, () => put), page);

function toPseudoNodes({ frames, parent, frame, selfUs, totalUs }: StackProfile): readonly PseudoNode[] {
  const subtreeUs = Float64Array.from(selfUs);
  const depth = new Int32Array(parent.length);
  for (let node = parent.length - 1; node >= 0; node--) {
    const above = parent[node] ?? -1;
    if (above >= 0) subtreeUs[above] = (subtreeUs[above] ?? 0) + (subtreeUs[node] ?? 0);
  }
  const root: PseudoNode = { id: 1, callFrame: callFrameOf('all stacks', '', 0), hitCount: 0, children: [] };
  const nodes = [root];
  const drawnAs: PseudoNode[] = [];
  for (const [node, frameIndex] of frame.entries()) {
    const above = parent[node] ?? -1;
    const caller = (above >= 0 ? drawnAs[above] : undefined) ?? root;
    depth[node] = above >= 0 ? (depth[above] ?? 0) + 1 : 0;
    const isDrawn = (subtreeUs[node] ?? 0) >= totalUs * minShare && (depth[node] ?? 0) < maxDepth;
    const drawn = isDrawn ? { ...pseudoNode(frames[frameIndex]), id: nodes.length + 1 } : caller;
    if (isDrawn) {
      nodes.push(drawn);
      caller.children.push(drawn.id);
    }
    drawn.hitCount += Math.round(selfUs[node] ?? 0);
    drawnAs.push(drawn);
  }
  return nodes;
}

function pseudoNode(frame: Frame | undefined): Omit<PseudoNode, 'id'> {
  const { name, file, line = 0 } = frame ?? { name: 'unknown', file: '' };
  // 0x takes a childless frame whose name begins with a parenthesis for idle time and gives it no width.
  const functionName = name.replace(/^\((.*)\)$/, '$1').replace(/^\(+/, '') || 'anonymous';
  return { callFrame: callFrameOf(functionName, file, line), hitCount: 0, children: [] };
}

const callFrameOf = (name: string, file: string, line: number) => ({
  functionName: inert(name),
  url: inert(file),
  lineNumber: line,
});

/**
 * The text with other brackets: 0x writes names into a script element and shows them through `innerHTML`, so
 * neither `</script>` nor `<img onerror=…>` may survive.
 */
const inert = (text: string) => text.replaceAll('<', '‹').replaceAll('>', '›');
