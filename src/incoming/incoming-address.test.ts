import { expect, test } from 'vitest';
import { incomingAddress, incomingPurposes, readIncomingAddress } from './incoming-address.ts';

function pathOf(url: string) {
  const [account = '', purpose = '', signature = ''] = new URL(url).pathname.split('/').slice(2);
  return { account, purpose, signature };
}

test.each(incomingPurposes)('the address for %s is read back', (purpose) => {
  const url = incomingAddress('https://dialer.example.com', 'a secret', { accountId: 7, purpose });
  expect(url.startsWith('https://dialer.example.com/incoming/7/')).toBe(true);
  expect(readIncomingAddress('a secret', pathOf(url))).toEqual({ accountId: 7, purpose });
});

test('a change of any part, or another key, is no address of ours', () => {
  const path = pathOf(
    incomingAddress('https://dialer.example.com', 'a secret', { accountId: 7, purpose: 'passthru' }),
  );
  const forged = [
    { ...path, account: '8' },
    { ...path, account: '07' },
    { ...path, purpose: 'opt-out' },
    { ...path, purpose: 'anything' },
    { ...path, signature: `${path.signature.slice(0, -1)}_` },
    { ...path, signature: '' },
  ];
  for (const one of forged) expect(readIncomingAddress('a secret', one)).toBeNull();
  expect(readIncomingAddress('another secret', path)).toBeNull();
});
