import { expect, test } from 'vitest';
import { callbackAddress, readCallbackAddress } from './callback-address.ts';

const address = {
  accountId: 7,
  attemptId: '0b5f3c1e-6d1a-4b5e-9a51-0d7c6d0f7a11',
  issuedAt: new Date('2026-12-01T10:00:00Z'),
};

function pathOf(url: string) {
  const [account = '', attemptId = '', issued = '', signature = ''] = new URL(url).pathname
    .split('/')
    .slice(3);
  return { account, attemptId, issued, signature };
}

test('what was signed is read back', () => {
  const url = callbackAddress('https://dialer.example.com', 'a secret', address);
  expect(url.startsWith('https://dialer.example.com/callbacks/v2/7/')).toBe(true);
  expect(readCallbackAddress('a secret', pathOf(url))).toEqual(address);
});

test('a change of any part, or another key, is no address of ours', () => {
  const path = pathOf(callbackAddress('https://dialer.example.com', 'a secret', address));
  const forged = [
    { ...path, account: '8' },
    { ...path, attemptId: '0b5f3c1e-6d1a-4b5e-9a51-0d7c6d0f7a12' },
    { ...path, issued: `${path.issued}1` },
    { ...path, signature: `${path.signature.slice(0, -1)}_` },
    { ...path, signature: '' },
    { ...path, account: '07' },
    { ...path, attemptId: `${path.attemptId}' or true` },
  ];
  for (const one of forged) expect(readCallbackAddress('a secret', one)).toBeNull();
  expect(readCallbackAddress('another secret', path)).toBeNull();
});
