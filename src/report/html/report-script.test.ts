import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { html, jsonBlock } from './markup.ts';
import { reportScript } from './report-script.ts';

describe('the script of the report', () => {
  it('stands in a page as it is: nothing in it ends its element, and it makes no markup of text', () => {
    expect(reportScript).not.toMatch(/<\/script|<!--|innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/i);
    expect(reportScript).not.toMatch(/fetch\(|XMLHttpRequest|WebSocket|https?:|import\(/);
  });

  it('uses nothing but itself and the browser', () => {
    const seen: string[] = [];
    const document = {
      querySelectorAll: (selector: string) => {
        seen.push(selector);
        return [];
      },
    };
    runInNewContext(reportScript, { document, location: { hash: '' }, addEventListener: () => undefined });
    expect(seen).toContain('details');
  });
});

it('data is a block that no text in it can end, and reads as it was', () => {
  const hostile = { text: '</script><!--<script>\u2028"\\' };
  const { text } = jsonBlock('a"b', hostile);
  const inner = text.slice(text.indexOf('>') + 1, text.lastIndexOf('<'));
  expect(inner).not.toMatch(/[<>]/);
  expect(JSON.parse(inner)).toEqual(hostile);
  expect(text).toContain(html`id="${'a"b'}"`.text);
});
