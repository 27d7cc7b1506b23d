/// <reference lib="dom" />
import type { FlameData, FlameView } from './flame-data.ts';
import type { createFlamePainter, FlameScene } from './flame-painter.ts';
import type { createFlameTree } from './flame-tree.ts';

/** What the script is put together of: functions that know each other only by these names. */
export interface FlameParts {
  readonly createTree: typeof createFlameTree;
  readonly createPainter: typeof createFlamePainter;
}

/**
 * Puts a flame graph that can be zoomed and searched in front of the picture in `figure`.
 *
 * It runs in the report's script: it uses nothing but its arguments and the browser, and text only as text.
 */
export function mountFlameGraph(figure: HTMLElement, data: FlameData, parts: FlameParts): void {
  const mostListed = 40;
  const tree = parts.createTree(data);
  const last = data.sides.length - 1;
  const scene: FlameScene = { view: last, zoomed: 0, selected: 0, matches: undefined };
  const label = figure.getAttribute('aria-label') ?? 'Flame graph';

  const element = <Name extends keyof HTMLElementTagNameMap>(
    name: Name,
    attributes: Readonly<Record<string, string>> = {},
    ...children: readonly (Node | string)[]
  ): HTMLElementTagNameMap[Name] => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const duration = (us: number): string => {
    const magnitude = Math.abs(us);
    if (magnitude === 0) return '0 µs';
    const [value, unit] =
      magnitude < 999.5 ? [us, 'µs'] : magnitude < 999_500 ? [us / 1000, 'ms'] : [us / 1_000_000, 's'];
    const text = magnitude < 9.95 ? String(Number(value.toPrecision(2))) : value.toPrecision(3);
    return `${text.replace('-', '\u2212')} ${unit}`;
  };
  const signed = (us: number) => (us > 0 ? '+' : '') + duration(us);
  const share = (value: number) =>
    value > 0 && value < 0.0995 ? `${Number((100 * value).toPrecision(2))} %` : `${Math.round(100 * value)} %`;
  const sideOf = () => (scene.view === 'difference' ? last : scene.view);
  const describe = (node: number): readonly string[] => {
    const place = tree.place(node);
    const whole = tree.totalUs(0, sideOf());
    const total = tree.totalUs(node, sideOf());
    const lines = [
      place === '' ? tree.name(node) : `${tree.name(node)}  ${place}`,
      `${duration(total)} in each request (${share(whole > 0 ? total / whole : 0)}), ${duration(tree.selfUs(node, sideOf()))} of it its own`,
    ];
    if (last < 1) return lines;
    const own = data.sides.map((_, side) => tree.selfUs(node, side));
    const all = data.sides.map((_, side) => tree.totalUs(node, side));
    const steps = (values: readonly number[]) =>
      `${values.map(duration).join(' → ')} (${signed((values[1] ?? 0) - (values[0] ?? 0))})`;
    return [...lines, `${data.sides.join(' → ')}: in all ${steps(all)}; its own ${steps(own)}`];
  };

  const search = element('input', {
    type: 'search',
    placeholder: 'Search functions',
    'aria-label': `Search functions in: ${label}`,
    spellcheck: 'false',
  });
  const found = element('output', { class: 'flame-found', 'aria-live': 'polite' });
  const reset = element('button', { type: 'button', class: 'flame-reset' }, 'Reset zoom');
  const tools = element('div', { class: 'flame-tools' });
  const views: readonly { readonly view: FlameView; readonly name: string }[] =
    last < 1
      ? []
      : [...data.sides.map((name, view) => ({ view, name })), { view: 'difference' as const, name: 'difference' }];
  const viewButtons = views.map(({ view, name }) => {
    const button = element('button', { type: 'button' }, name);
    button.addEventListener('click', () => show(view));
    return { view, button };
  });
  if (viewButtons.length > 0) {
    const group = element('div', { class: 'flame-views', role: 'group', 'aria-label': 'What is shown' });
    group.append(...viewButtons.map(({ button }) => button));
    tools.append(group);
  }
  tools.append(search, reset, found);

  const help = 'Arrow keys move, Enter or Space zooms in, Escape zooms out.';
  const canvas = element('canvas', {
    tabindex: '0',
    role: 'application',
    'aria-roledescription': 'flame graph',
    'aria-label': `${label}. ${help} The table below has the same figures.`,
  });
  const spacer = element('div', { class: 'flame-spacer' }, canvas);
  const scroller = element('div', { class: 'flame-scroller' }, spacer);
  const readout = element('p', { class: 'flame-readout', 'aria-live': 'polite' });
  const key = element('p', { class: 'legend flame-key' });
  const tip = element('div', { class: 'flame-tip', role: 'tooltip', hidden: '' });
  const rows = element('tbody');
  const caption = element('caption');
  const table = element('table', { class: 'functions' }, caption);
  const heads = ['function', ...data.sides.flatMap((name) => [`own${last < 1 ? '' : `, ${name}`}`])];
  heads.push(last < 1 ? 'with callees' : `with callees, ${data.sides[last] ?? ''}`);
  const headRow = element('tr');
  headRow.append(...heads.map((name) => element('th', { scope: 'col' }, name)));
  table.append(element('thead', {}, headRow), rows);
  const scroll = element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Functions' }, table);
  const list = element('details', { class: 'flame-list' }, element('summary', {}, 'As a table'), scroll);
  const live = element('div', { class: 'flame-live' }, tools, key, scroller, readout, list, tip);
  figure.insertBefore(live, figure.querySelector('.flame-still'));
  figure.classList.add('is-live');

  const painter = parts.createPainter(canvas, scroller, tree, scene);
  const repaint = () => requestAnimationFrame(painter.paint);
  spacer.style.height = `${(tree.deepest + 1) * painter.rowHeight + 1}px`;

  function say(node: number): void {
    readout.textContent = describe(node).join('. ');
  }

  function select(node: number): void {
    scene.selected = node;
    say(node);
    const top = tree.depth(node) * painter.rowHeight;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    const bottom = top + painter.rowHeight - scroller.clientHeight;
    if (bottom > scroller.scrollTop) scroller.scrollTop = bottom;
    repaint();
  }

  function zoom(node: number): void {
    if (!(tree.width(node, scene.view) > 0)) return;
    scene.zoomed = node;
    reset.disabled = node === 0;
    select(node);
    fillTable();
    find();
  }

  function show(view: FlameView): void {
    scene.view = view;
    for (const { view: each, button } of viewButtons) button.setAttribute('aria-pressed', String(each === view));
    key.replaceChildren();
    if (view === 'difference') {
      for (const [name, text] of [
        ['grew', '▲ takes more of its own time after'],
        ['shrank', '▼ takes less'],
      ] as const)
        key.append(element('span', {}, element('span', { class: `key ${name}` }), text), ' ');
      key.append(`The width is the time of ${data.sides[last] ?? ''}: what is gone has none, and is in the table.`);
    }
    while (scene.zoomed > 0 && !(tree.width(scene.zoomed, view) > 0)) scene.zoomed = tree.parent(scene.zoomed);
    zoom(scene.zoomed);
  }

  function find(): void {
    const text = search.value.trim();
    if (text === '') {
      scene.matches = undefined;
      found.textContent = '';
    } else {
      const result = tree.search(text, scene.view);
      const matches = new Uint8Array(tree.count);
      for (const node of result.nodes) matches[node] = 1;
      scene.matches = matches;
      const shown = result.nodes.filter((node) => tree.width(node, scene.view) > 0).length;
      found.textContent = `${shown} ${shown === 1 ? 'match' : 'matches'}, ${share(result.share)} of the time`;
    }
    repaint();
  }

  /** The functions below the zoomed node by their own time, or in the difference by its change; each with its widest call. */
  function fillTable(): void {
    rows.replaceChildren();
    if (!list.open) return;
    const functions = new Map<string, { widest: number; own: number[]; total: number; covered: number }>();
    const side = sideOf();
    for (let node = Math.max(scene.zoomed, 1); node < tree.end(scene.zoomed); node++) {
      const id = `${tree.name(node)}\n${tree.place(node)}`;
      const known = functions.get(id) ?? { widest: node, own: data.sides.map(() => 0), total: 0, covered: 0 };
      functions.set(id, known);
      for (const at of known.own.keys()) known.own[at] = (known.own[at] ?? 0) + tree.selfUs(node, at);
      if (node >= known.covered) {
        known.total += tree.totalUs(node, side);
        known.covered = tree.end(node);
      }
      if (tree.width(node, scene.view) > tree.width(known.widest, scene.view)) known.widest = node;
    }
    const weight = ({ own }: { own: readonly number[] }) =>
      scene.view === 'difference' ? Math.abs((own[1] ?? 0) - (own[0] ?? 0)) : (own[side] ?? 0);
    const sorted = [...functions.values()].sort((a, b) => weight(b) - weight(a));
    caption.textContent = `In each request, below ${tree.name(scene.zoomed)}${sorted.length > mostListed ? `: the first ${mostListed} of ${sorted.length} functions` : ''}`;
    for (const { widest, own, total } of sorted.slice(0, mostListed)) {
      const button = element('button', { type: 'button', class: 'flame-link' }, tree.name(widest));
      // What is gone has no width in this view, and still has figures.
      button.addEventListener('click', () => (tree.width(widest, scene.view) > 0 ? zoom : say)(widest));
      const place = element('span', { class: 'condition' }, ` ${tree.place(widest)}`);
      const row = element('tr', {}, element('th', { scope: 'row' }, button, place));
      for (const us of [...own, total]) row.append(element('td', {}, duration(us)));
      rows.append(row);
    }
  }

  /** The next node in the same row that can be seen. */
  function beside(step: 1 | -1): number {
    const depth = tree.depth(scene.selected);
    const [first, end] = [scene.zoomed, tree.end(scene.zoomed)];
    for (let node = scene.selected + step; node > first && node < end; node += step) {
      if (tree.depth(node) === depth && tree.width(node, scene.view) > 0) return node;
    }
    return scene.selected;
  }

  function below(): number {
    const node = scene.selected;
    const path = scene.zoomed;
    // Above the zoomed node only the way to it can be seen.
    if (node < path && path < tree.end(node)) {
      let child = path;
      while (tree.parent(child) !== node) child = tree.parent(child);
      return child;
    }
    for (let child = node + 1; child < tree.end(node); child = tree.end(child)) {
      if (tree.width(child, scene.view) > 0) return child;
    }
    return node;
  }

  const moves: Readonly<Record<string, () => void>> = {
    ArrowUp: () => select(Math.max(tree.parent(scene.selected), 0)),
    ArrowDown: () => select(below()),
    ArrowLeft: () => select(beside(-1)),
    ArrowRight: () => select(beside(1)),
    Home: () => select(scene.zoomed),
    Enter: () => zoom(scene.selected),
    ' ': () => zoom(scene.selected),
    Escape: () => zoom(0),
  };
  canvas.addEventListener('keydown', (event) => {
    const move = moves[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move();
  });
  search.addEventListener('input', find);
  search.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    search.value = '';
    find();
  });
  reset.addEventListener('click', () => zoom(0));
  list.addEventListener('toggle', fillTable);
  scroller.addEventListener('scroll', repaint);

  const nodeUnder = (event: MouseEvent) => {
    const box = canvas.getBoundingClientRect();
    return painter.nodeAt(event.clientX - box.left, event.clientY - box.top);
  };
  canvas.addEventListener('click', (event) => {
    const node = nodeUnder(event);
    if (node >= 0) zoom(node);
  });
  canvas.addEventListener('mousemove', (event) => {
    const node = nodeUnder(event);
    tip.hidden = node < 0;
    canvas.style.cursor = node < 0 ? 'default' : 'pointer';
    if (node < 0) return;
    tip.replaceChildren(...describe(node).map((line) => element('div', {}, line)));
    const box = live.getBoundingClientRect();
    const room = Math.max(box.width - tip.offsetWidth, 0);
    tip.style.left = `${Math.min(event.clientX - box.left + 14, room)}px`;
    tip.style.top = `${event.clientY - box.top + 18}px`;
  });
  canvas.addEventListener('mouseleave', () => {
    tip.hidden = true;
  });
  new ResizeObserver(repaint).observe(scroller);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint);
  show(last);
}
