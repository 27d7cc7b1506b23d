/// <reference lib="dom" />
import type { FlameParts, mountFlameGraph } from './flame-view.ts';

/**
 * Brings a report to life: flame graphs once they can be seen, and everything opened for the printer.
 *
 * It runs in the report's script: it uses nothing but its arguments and the browser.
 */
export function startReport(mount: typeof mountFlameGraph, parts: FlameParts): void {
  const mountAll = (within: ParentNode) => {
    for (const figure of within.querySelectorAll<HTMLElement>('[data-flame]:not(.is-live)')) {
      if (figure.closest('details:not([open])')) continue;
      const block = document.getElementById(figure.dataset.flame ?? '');
      if (block) mount(figure, JSON.parse(block.textContent ?? ''), parts);
    }
  };
  for (const details of document.querySelectorAll('details')) {
    details.addEventListener('toggle', () => mountAll(details));
  }
  mountAll(document);

  const openTarget = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target?.closest('details'); at; at = at.parentElement?.closest('details') ?? null) at.open = true;
    target?.scrollIntoView();
  };
  addEventListener('hashchange', openTarget);
  if (location.hash.length > 1) openTarget();

  let opened: readonly HTMLDetailsElement[] = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open])')];
    for (const details of opened) details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
  });
}
