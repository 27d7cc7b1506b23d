/// <reference lib="dom" />
import type { FlameView } from './flame-data.ts';
import type { FlameTree } from './flame-tree.ts';

/** What is to be seen of a tree. */
export interface FlameScene {
  view: FlameView;
  /** The node that is as wide as the picture; those above it are shown whole. */
  zoomed: number;
  selected: number;
  /** By node: 1 where it matches; nothing is searched for where it is left out. */
  matches: Uint8Array | undefined;
}

export interface FlamePainter {
  readonly rowHeight: number;
  readonly paint: () => void;
  /** The node at a point of the canvas; −1 where there is none. */
  readonly nodeAt: (x: number, y: number) => number;
}

/** Draws the visible part of a flame graph; it runs in the report's script, so that it uses nothing but its arguments and the browser. */
export function createFlamePainter(
  canvas: HTMLCanvasElement,
  scroller: HTMLElement,
  tree: FlameTree,
  scene: Readonly<FlameScene>,
): FlamePainter {
  const rowHeight = 21;
  /** Narrower boxes cannot be seen, and their subtrees are skipped. */
  const leastPx = 0.4;
  const leastTextPx = 24;
  const context = canvas.getContext('2d');
  const colours = () => {
    const style = getComputedStyle(canvas);
    return (name: string) => style.getPropertyValue(name).trim() || '#888';
  };
  const frameOf = (node: number, width: number) => {
    const whole = tree.width(scene.zoomed, scene.view);
    const scale = whole > 0 ? width / whole : 0;
    const isAbove = node <= scene.zoomed && scene.zoomed < tree.end(node);
    if (isAbove) return { x: 0, width: node === scene.zoomed || whole > 0 ? width : 0 };
    return {
      x: (tree.offset(node, scene.view) - tree.offset(scene.zoomed, scene.view)) * scale,
      width: tree.width(node, scene.view) * scale,
    };
  };
  /** Calls back with each box that can be seen, a parent before its children. */
  const eachBox = (visit: (node: number, x: number, width: number) => void) => {
    const width = canvas.clientWidth;
    const last = tree.end(scene.zoomed);
    for (let above = scene.zoomed; above >= 0; above = tree.parent(above)) visit(above, 0, width);
    for (let node = scene.zoomed + 1; node < last; ) {
      const box = frameOf(node, width);
      if (box.width < leastPx) {
        node = tree.end(node);
        continue;
      }
      visit(node, box.x, box.width);
      node++;
    }
  };
  /** Stripes, so that growth is told without colour: rising where it grew, level where it shrank. */
  const stripes = (line: string, rising: boolean): CanvasPattern | string => {
    const tile = document.createElement('canvas');
    tile.width = 6;
    tile.height = 6;
    const pen = tile.getContext('2d');
    if (!pen || !context) return line;
    pen.strokeStyle = line;
    pen.lineWidth = 1;
    pen.beginPath();
    for (const shift of rising ? [-6, 0, 6] : [0]) {
      pen.moveTo(shift, rising ? 6 : 3);
      pen.lineTo(shift + 6, rising ? 0 : 3);
    }
    pen.stroke();
    return context.createPattern(tile, 'repeat') ?? line;
  };

  function paint(): void {
    if (!context) return;
    const density = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, height);
    const colour = colours();
    context.font = `11.5px ${colour('--mono')}`;
    context.textBaseline = 'middle';
    const characterPx = context.measureText('m').width || 7;
    const fills: Record<string, string> = {};
    for (const kind of ['user', 'dependency', 'runtime', 'gc']) fills[kind] = colour(`--f-${kind}`);
    fills.root = colour('--soft');
    const [ink, paper, mark, grew, shrank] = ['--f-ink', '--paper', '--mark', '--grew', '--shrank'].map(colour);
    const [rising, level] = [stripes(ink ?? '', true), stripes(ink ?? '', false)];
    const top = scroller.scrollTop;
    const isDifference = scene.view === 'difference';
    eachBox((node, x, boxWidth) => {
      const y = tree.depth(node) * rowHeight - top;
      if (y + rowHeight < 0 || y > height) return;
      const right = Math.min(x + boxWidth, width);
      const left = Math.max(x, 0);
      const shown = Math.max(right - left - (boxWidth > 3 ? 1 : 0), 0.4);
      const isMatch = scene.matches === undefined || scene.matches[node] === 1;
      const growth = isDifference ? tree.growth(node) : 0;
      context.globalAlpha = isMatch ? 1 : 0.25;
      context.fillStyle = isDifference && node > 0 ? (fills.runtime ?? '') : (fills[tree.kind(node)] ?? '');
      context.fillRect(left, y, shown, rowHeight - 1);
      if (growth !== 0) {
        context.globalAlpha = (isMatch ? 1 : 0.25) * (0.3 + 0.7 * Math.sqrt(Math.abs(growth)));
        context.fillStyle = (growth > 0 ? grew : shrank) ?? '';
        context.fillRect(left, y, shown, rowHeight - 1);
        context.globalAlpha = 0.16;
        context.fillStyle = growth > 0 ? rising : level;
        context.fillRect(left, y, shown, rowHeight - 1);
      }
      if (scene.matches !== undefined && isMatch) {
        context.globalAlpha = 1;
        context.fillStyle = mark ?? '';
        context.fillRect(left, y + rowHeight - 4, shown, 3);
      }
      if (shown >= leastTextPx) {
        context.globalAlpha = isMatch ? 1 : 0.6;
        context.fillStyle = ink ?? '';
        const sign = growth === 0 ? '' : growth > 0 ? '▲ ' : '▼ ';
        const text = sign + tree.name(node);
        const room = Math.floor((shown - 9) / characterPx);
        if (room >= 2)
          context.fillText(text.length > room ? `${text.slice(0, room - 1)}…` : text, left + 5, y + rowHeight / 2);
      }
      if (node === scene.selected) {
        context.globalAlpha = 1;
        context.lineWidth = 2;
        context.strokeStyle = paper ?? '';
        context.strokeRect(left + 3, y + 3, Math.max(shown - 6, 1), rowHeight - 7);
        context.strokeStyle = ink ?? '';
        context.strokeRect(left + 1, y + 1, Math.max(shown - 2, 1), rowHeight - 3);
      }
    });
    context.globalAlpha = 1;
  }

  return {
    rowHeight,
    paint,
    nodeAt(x, y) {
      const row = Math.floor((y + scroller.scrollTop) / rowHeight);
      let found = -1;
      eachBox((node, left, width) => {
        if (tree.depth(node) === row && x >= left && x < left + width) found = node;
      });
      return found;
    },
  };
}
