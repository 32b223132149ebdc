import type { Clock } from '../clock.ts';

/** How long the list of calls under way is not asked for any more once it was refused or turned out wrong, in ms. */
const silentMs = 3_600_000;
/** Refusals in a row: each of the two hosts has had its turn. */
const mostRefusals = 2;
/** What a wrong word of the list weighs against a right one, and how much of it is borne. */
const overWeight = 4;
const unlistedWeight = 2;
const mostDoubt = 12;
/** Calls that are looked at although they are listed, before the list is believed. */
const checksNeeded = 3;
/** Answers in a row that spared no look. */
const mostIdle = 12;
const recentMs = 60_000;

/**
 * What a look told of a call right after the list had been read: as the list had it, over although listed, or going on
 * although not listed.
 */
export type ListCheck = 'agrees' | 'listed_but_over' | 'unlisted_but_on';

/**
 * How far the list of calls under way is believed. Its values rest on two pages that contradict each other, so it only
 * ever spares a look: it is watched, and left alone for an hour once it is refused, wrong or of no use.
 */
export interface ActiveCallsTrust {
  mayAsk(): boolean;
  /** Whether enough looks have shown the list to be right. */
  believed(): boolean;
  /** Whether it has told lately who is still talking, so that nothing else need be asked for that. */
  tells(): boolean;
  answered(): void;
  refused(): void;
  spared(): void;
  checked(check: ListCheck): void;
}

export function createActiveCallsTrust(clock: Pick<Clock, 'monotonic'>): ActiveCallsTrust {
  let silentUntil = -Infinity;
  let answeredAt = -Infinity;
  let refusals = 0;
  let doubt = 0;
  let checks = 0;
  let idle = 0;

  const mayAsk = (): boolean => clock.monotonic() >= silentUntil;
  function stop(): void {
    silentUntil = clock.monotonic() + silentMs;
    [refusals, doubt, checks, idle] = [0, 0, 0, 0];
  }
  return {
    mayAsk,
    believed: () => checks >= checksNeeded,
    tells: () => mayAsk() && checks >= checksNeeded && clock.monotonic() - answeredAt < recentMs,
    answered() {
      answeredAt = clock.monotonic();
      refusals = 0;
      idle += 1;
      if (idle > mostIdle) stop();
    },
    refused() {
      refusals += 1;
      if (refusals >= mostRefusals) stop();
    },
    spared() {
      idle = 0;
    },
    checked(check) {
      if (!mayAsk()) return;
      checks += 1;
      if (check === 'agrees') doubt = Math.max(0, doubt - 1);
      else doubt += check === 'listed_but_over' ? overWeight : unlistedWeight;
      if (doubt >= mostDoubt) stop();
    },
  };
}
