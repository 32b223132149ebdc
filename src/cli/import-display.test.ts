import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createImportDisplay } from './import-display.ts';
import type { DisplayStream } from './watch-display.ts';

function stream(isTTY: boolean): { output: DisplayStream; text: () => string } {
  let text = '';
  const writable = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString();
      done();
    },
  });
  return { output: Object.assign(writable, { isTTY, columns: 100, rows: 24 }), text: () => text };
}

test('a terminal is shown how far a list is, which is never all of it while it is being loaded', () => {
  const { output, text } = stream(true);
  const display = createImportDisplay(output);
  display.show({ bytesRead: 30_000_000, bytesTotal: 60_000_000 });
  expect(text()).toMatch(/loading .*█{15}.*░{15}.* 50 % \(30 MB of 60 MB read\)/);
  display.show({ bytesRead: 60_000_000, bytesTotal: 60_000_000 });
  expect(text()).toContain('99 % (60 MB of 60 MB read)');
  display.end();
});

test('nothing is written where there is no terminal', () => {
  const { output, text } = stream(false);
  const display = createImportDisplay(output);
  display.show({ bytesRead: 1, bytesTotal: 2 });
  display.end();
  expect(text()).toBe('');
});
