import { expect, test } from 'vitest';
import { figures } from './burst.ts';
import type { BurstResult } from './burst.ts';
import { callbacksAtOnce } from './callbacks-at-once.ts';

/** Within this a callback is answered where nothing else keeps the machine busy. */
const answeredWithinMs = 50;

test('of 10 000 callbacks in a burst from 50 connections, a tenth forged, none is lost and none settles wrongly', async () => {
  const { ours, bare } = await callbacksAtOnce(10_000, 50);
  tell('10 000 callbacks from 50 connections', ours, bare);
  expect(ours.p99).toBeLessThan(1000);
}, 600_000);

test(`callbacks that come one after another are answered within ${answeredWithinMs} ms, 99 of a hundred`, async () => {
  const { ours, bare } = await callbacksAtOnce(2000, 1);
  tell(`2 000 callbacks on one connection, p99 at most ${answeredWithinMs} ms`, ours, bare);
  expect(ours.p99).toBeLessThanOrEqual(answeredWithinMs);
}, 600_000);

function tell(what: string, ours: BurstResult, bare: BurstResult): void {
  process.stdout.write(`${what}: ${figures('ours', ours)}; ${figures('a bare handler', bare)}\n`);
}
