import type { Arrival } from '../../src/sandbox/requests.ts';
import type { Finding } from './finding.ts';
import type { Records, RequestRecord } from './records.ts';
import { takeoverAfter } from './takeovers.ts';
import type { Takeover } from './takeovers.ts';

/** Bytes that had left a process may be read by the provider this much later, on a busy machine. */
export const onTheWayMs = 250;
/** Two clocks of one machine, one of which counts whole ms. */
const clocksDifferMs = 5;

/** What a process did after another had taken the account: decided to call somebody, or had a request of any kind arrive. */
export function actedAfterTakeover(records: Records): Finding[] {
  return [...claimedAfterTakeover(records), ...arrivedWithoutRight(records)];
}

function claimedAfterTakeover({ attempts, takeovers }: Records): Finding[] {
  return attempts.flatMap(({ id, epoch, claimed_at: claimedAt, contact_id: contactId }) => {
    const next = takeoverAfter(takeovers, epoch);
    if (next === undefined || claimedAt <= next.dialer_at) return [];
    return [{ what: `${id} was claimed in epoch ${epoch} when ${next.epoch} had begun`, contactId }];
  });
}

interface Right {
  from: number;
  to: number;
}

/**
 * Requests that arrived while no row gave anybody the right to send them. A row gives it once, from its commit to its
 * answer, and to its owner's end at the latest: an abandoned request may be answered later, but not be sent.
 */
function arrivedWithoutRight({ requests, takeovers, attempts, arrivals }: Records): Finding[] {
  const rights = requests.filter(({ result }) => result !== 'unsent');
  return (['placing', 'reading'] as const).flatMap((side) => {
    const isOf = (kind: string): boolean => (kind === 'place') === (side === 'placing');
    return unmatched(
      arrivals.filter(({ kind }) => isOf(kind)),
      rights.filter(({ kind }) => isOf(kind)).map((row) => rightOf(row, takeovers)),
    ).map(({ at, kind, path, placing }) => ({
      what: `a request (${kind}, ${path}) arrived at ${at.toISOString()}, which no owner of that moment had written down`,
      contactId: attempts.find(({ id }) => id === placing?.customField)?.contact_id ?? null,
    }));
  });
}

function rightOf(row: RequestRecord, takeovers: readonly Takeover[]): Right {
  const next = takeoverAfter(takeovers, row.epoch)?.at.getTime() ?? Infinity;
  const answeredAt = row.answered_at?.getTime() ?? Infinity;
  return {
    from: row.created_at.getTime() - clocksDifferMs,
    to: Math.min(answeredAt, next) + onTheWayMs,
  };
}

/** The arrivals that are left when each takes, of the rights open at its moment, the one that ends first. */
function unmatched(arrivals: readonly Arrival[], rights: readonly Right[]): Arrival[] {
  const waiting = rights.toSorted((a, b) => a.from - b.from);
  let open: Right[] = [];
  return arrivals
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
    .filter(({ at }) => {
      const moment = at.getTime();
      while ((waiting[0]?.from ?? Infinity) <= moment) open.push(...waiting.splice(0, 1));
      open = open.filter(({ to }) => to >= moment).toSorted((a, b) => a.to - b.to);
      return open.shift() === undefined;
    });
}
