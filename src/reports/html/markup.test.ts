import { expect, test } from 'vitest';
import { markup, nothing } from './markup.ts';

test('escapes text within content and attributes, and leaves markup alone', () => {
  const evil = `<script>alert("1")</script> & 'so on'`;
  const escaped = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;so on&#39;';
  const inner = markup`<b title="${evil}">${evil}</b>`;
  expect(markup`<p>${inner}${[inner, nothing]}${7}</p>`.html).toBe(
    `<p>${`<b title="${escaped}">${escaped}</b>`.repeat(2)}7</p>`,
  );
});
