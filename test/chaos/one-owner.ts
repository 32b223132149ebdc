import type { DialerClock } from './dialer-clock.ts';
import type { Finding } from './finding.ts';
import type { Records } from './records.ts';

/** Bytes that had left a process may be read by the provider this much later, on a busy machine. */
const onTheWayMs = 250;

/** What a process did after another had taken the account: decided to call somebody, or had a request arrive. */
export function actedAfterTakeover(records: Records, clock: DialerClock): Finding[] {
  const takenAt = new Map<number, Date>();
  for (const { epoch, claimed_at: claimedAt } of records.attempts) {
    if (!takenAt.has(epoch)) takenAt.set(epoch, claimedAt);
  }
  const takeovers = [...takenAt].toSorted(([a], [b]) => a - b);
  return records.attempts.flatMap(({ id, epoch, claimed_at: claimedAt, contact_id: contactId }) => {
    const next = takeovers.find(([later]) => later > epoch);
    if (next === undefined) return [];
    const [later, takeover] = next;
    if (claimedAt >= takeover)
      return [{ what: `${id} was claimed in epoch ${epoch} when ${later} had begun`, contactId }];
    const arrivedAt = Date.parse(records.placingsOf(id)[0]?.at ?? '');
    if (!(arrivedAt > clock.wallOf(takeover) + onTheWayMs)) return [];
    return [{ what: `${id} of epoch ${epoch} was sent when ${later} had begun`, contactId }];
  });
}
