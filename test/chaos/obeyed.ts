import type { Command } from './commands.ts';
import type { Finding } from './finding.ts';
import { onTheWayMs } from './one-owner.ts';
import type { Records } from './records.ts';

/**
 * Calls that a pause, a cancel or a suppression forbade: claimed after the command had returned, by the dialer's own
 * clock; or, by the provider's log, arrived later than one that was claimed before can.
 * @param leaseMs past it a process sends nothing of what it has claimed
 */
export function calledAgainstCommands(
  { attempts, placingsOf }: Records,
  commands: readonly Command[],
  leaseMs: number,
): Finding[] {
  return commands.flatMap(({ what, campaign, number, from, to }) =>
    attempts
      .filter((attempt) => campaign === null || attempt.campaign === campaign)
      .filter((attempt) => number === null || attempt.number === number)
      .flatMap(({ id, claimed_at: claimedAt, contact_id: contactId }) => {
        const of = `${what} of ${campaign ?? number}`;
        if (claimedAt > from.dialer && (to === null || claimedAt < to.dialer))
          return [
            { what: `${id} was claimed ${msAfter(from.dialer, claimedAt)} after the ${of}`, contactId },
          ];
        const late = placingsOf(id).find(({ at }) => {
          const arrivedAt = Date.parse(at);
          return arrivedAt > from.wall + leaseMs + onTheWayMs && arrivedAt < (to?.wall ?? Infinity);
        });
        if (late === undefined) return [];
        return [{ what: `the request of ${id} arrived at ${late.at}, long after the ${of}`, contactId }];
      }),
  );
}

function msAfter(from: Date, to: Date): string {
  return `${to.getTime() - from.getTime()} ms`;
}
