import { describe, expect, it } from 'vitest';
import { html, Markup, percent } from './markup.ts';

describe('the html template', () => {
  it('escapes every value, in text and in attributes', () => {
    expect(html`<a title="${'"><script>\'`&'}">${'</a><b>'}</a>`.text).toBe(
      '<a title="&quot;&gt;&lt;script&gt;&#39;&#96;&amp;">&lt;/a&gt;&lt;b&gt;</a>',
    );
  });

  it('joins lists, keeps nested markup and leaves undefined out', () => {
    expect(html`<ul>${['a', '<'].map((text) => html`<li>${text}</li>`)}${undefined}${0}</ul>`.text).toBe(
      '<ul><li>a</li><li>&lt;</li>0</ul>',
    );
  });

  it('takes no object for markup that only looks like it', () => {
    const forged = JSON.parse('{"text":"<script>"}') as unknown as string;
    expect(html`${forged}`.text).not.toContain('<');
    expect(html`${new Markup('<b>')}`.text).toBe('<b>');
  });

  it('shows control characters and bidirectional overrides', () => {
    expect(html`${'a\u202eb\x00'}`.text).toBe('a\\u{202e}b\\x00');
  });

  it('writes percentages that no style can choke on', () => {
    expect([0.1234, -1, Number.NaN, Number.POSITIVE_INFINITY].map(percent)).toEqual(['12.34%', '0.00%', '0%', '0%']);
  });
});
