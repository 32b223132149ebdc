import { expect, test } from 'vitest';
import { parseXml } from './xml.ts';

test('reads elements, lists, empty ones, entities and CDATA', () => {
  const text = `<?xml version="1.0" encoding="UTF-8"?>
    <!-- a comment with a <tag> -->
    <Answer version="1" note='x'>
      <Call><Sid>1</Sid><Note>a &lt;b&gt; &amp;amp; &quot;c&quot;</Note><Nothing/></Call>
      <Call><Sid> 2 </Sid><Note><![CDATA[<Sid>3</Sid>]]></Note></Call>
      <Total>2</Total>
    </Answer>`;
  expect(parseXml(text)).toEqual({
    Answer: {
      Call: [
        { Sid: '1', Note: 'a <b> &amp; "c"', Nothing: '' },
        { Sid: '2', Note: '<Sid>3</Sid>' },
      ],
      Total: '2',
    },
  });
});

test.each([
  '',
  'plain words',
  '<html><body><br>Bad Gateway</body></html>',
  '<Answer><Call>',
  '<Answer></Call></Answer>',
  '<Answer/><Answer/>',
  '</Answer>',
  '<Answer/> and more',
  '{"Call":1}',
])('takes %o for no document', (text) => {
  expect(parseXml(text)).toBeNull();
});

test('reads entities by name and by number, and leaves alone what is no character', () => {
  const text = '&lt;&amp;&#39;&#x27;&#X2019;&apos; &#0;&#xD800;&#1114112;&nbsp;&amp;#39;';
  expect(parseXml(`<Message>${text}</Message>`)).toEqual({
    Message: "<&''’' &#0;&#xD800;&#1114112;&nbsp;&#39;",
  });
});
