import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseMultipart } from './multipart.ts';

const name = fc.stringMatching(/^[A-Za-z][\w[\] ";:=]{0,12}$/);
// A line break in a value may be either kind by the time it arrives, as in any form.
const value = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed().replaceAll(/[\r\n]/g, '-'));

test('reads what Node writes, whatever the fields are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(name, value), { minLength: 1 }), async (fields) => {
      const form = new FormData();
      for (const [key, text] of fields) form.append(key, text);
      expect(parseMultipart(await new Response(form).text())).toEqual(fields);
    }),
  );
});

test('reads what curl and PHP write: more headers, in any order and case, names with or without quotes', () => {
  const body = [
    '--------------------------d74496d66958873e',
    'Content-Length: 3',
    'content-disposition: form-data; name=CallSid',
    '',
    'abc',
    '--------------------------d74496d66958873e',
    'Content-Type: text/plain; charset=UTF-8',
    'Content-Disposition: form-data; name="Legs[0][Status]"',
    '',
    'two',
    'lines',
    '--------------------------d74496d66958873e',
    'Content-Disposition: form-data; name="empty"',
    '',
    '',
    '--------------------------d74496d66958873e--',
    '',
  ];
  expect(parseMultipart(body.join('\r\n'))).toEqual([
    ['CallSid', 'abc'],
    ['Legs[0][Status]', 'two\r\nlines'],
    ['empty', ''],
  ]);
});

test('passes over files and parts without a name', () => {
  const body = [
    '--b',
    'Content-Disposition: form-data; name="file"; filename="x.wav"',
    '',
    'RIFF',
    '--b',
    'Content-Disposition: form-data',
    '',
    'nameless',
    '--b',
    'no header at all',
    '--b--',
  ];
  expect(parseMultipart(body.join('\r\n'))).toEqual([]);
});

test.each(['', 'CallSid=abc', '{"CallSid":"abc"}', '-- no boundary', 'text\r\n--b\r\n'])(
  'takes %o for another kind of body',
  (body) => {
    expect(parseMultipart(body)).toBeNull();
  },
);
