import { mostInAnyWindow } from '../../src/sandbox/rate-window.ts';
import type { Arrival } from '../../src/sandbox/requests.ts';
import type { Truth } from '../../src/sandbox/truth.ts';
import type { Finding } from './finding.ts';
import type { Life } from './fleet.ts';
import type { Disturbance } from './journal.ts';
import type { Profile } from './profile.ts';
import { ownedWithin } from './takeovers.ts';
import type { Takeover } from './takeovers.ts';
import type { WorkSample } from './work.ts';

/** The dialer's own pause between two requests. */
const spacingMs = 100;
/** Samples of work are taken several times in this time; a longer gap tells nothing. */
const sampleCoversMs = 600;
/** What the next owner takes, beside the lease, until it places calls again. */
const recoveryMs = 1000;

/** What a full window looks like that holds more than it may. */
export function overTheLimit(arrivals: readonly Arrival[], { windowMs, limit }: Profile): Finding[] {
  const inOrder = arrivals.toSorted((a, b) => a.monotonicMs - b.monotonicMs);
  const last = inOrder.findIndex(
    ({ monotonicMs }, index) => monotonicMs - (inOrder[index - limit]?.monotonicMs ?? -Infinity) < windowMs,
  );
  if (last === -1) return [];
  const told = inOrder
    .slice(last - limit, last + 1)
    .map(
      ({ at, kind, path, status }) => `    ${at.toISOString().slice(11, 23)}  ${kind}  ${status}  ${path}`,
    );
  return [
    { what: `${limit + 1} requests in a window of ${windowMs} ms:\n${told.join('\n')}`, contactId: null },
  ];
}

/** The most requests of all kinds in any sliding window, by the provider's own log. */
export function mostInWindow(arrivals: readonly Arrival[], { windowMs }: Profile): number {
  return mostInAnyWindow(
    arrivals.map(({ monotonicMs }) => monotonicMs),
    windowMs,
  );
}

/** The most calls that were alive at one moment. */
export function mostAlive({ calls }: Truth): number {
  const changes = calls.flatMap(({ placedAt, endedAt }) => [
    { at: Date.parse(placedAt), by: 1 },
    ...(endedAt === null ? [] : [{ at: Date.parse(endedAt), by: -1 }]),
  ]);
  let alive = 0;
  let most = 0;
  for (const { by } of changes.toSorted((a, b) => a.at - b.at || a.by - b.by)) {
    alive += by;
    most = Math.max(most, alive);
  }
  return most;
}

/** How much of the limit was used in the time that counts. */
export interface Use {
  /** requests that were sent, beside those of a sender that never wastes a place */
  sent: number;
  possible: number;
  seconds: number;
}

/** What was done, and to whom of those who owned the account. */
export interface Troubles {
  disturbances: readonly Disturbance[];
  takeovers: readonly Takeover[];
  lives: readonly Life[];
}

/**
 * How much of the limit was used between disturbances while work was due.
 *
 * A span begins when the dialer must be at work again after a disturbance, whether it is or not: a second after the
 * lease that may have to run out; after an answer of 429, when the gate that it closes must be open. It ends with the
 * next disturbance, or when no work is due. What is done to a process that does not own the account disturbs nothing.
 * In each span the requests that arrived are set against those that a perfect sender would have sent in it, who starts
 * from the same last window, leaves the same pause between two requests, and takes each place in the moment at which it
 * comes free.
 */
export function useOfLimit(
  profile: Profile,
  arrivals: readonly Arrival[],
  troubles: Troubles,
  work: readonly WorkSample[],
): Use {
  const use: Use = { sent: 0, possible: 0, seconds: 0 };
  for (const span of spansOf(profile, arrivals, troubles, work)) {
    const before = arrivals.filter(({ at }) => at.getTime() < span.from).map(({ at }) => at.getTime());
    use.sent += arrivals.filter(({ at }) => at.getTime() >= span.from && at.getTime() < span.to).length;
    use.possible += possibleIn(profile, before, span);
    use.seconds += (span.to - span.from) / 1000;
  }
  return use;
}

interface Span {
  from: number;
  to: number;
}

function spansOf(
  { leaseMs }: Profile,
  arrivals: readonly Arrival[],
  troubles: Troubles,
  work: readonly WorkSample[],
): Span[] {
  const disturbed = troubles.disturbances
    .map(({ what, whom, from, to }) => ({ what, whom, from, to: to ?? Infinity }))
    .filter(({ whom, ...span }) => everybody.has(whom) || concerns(troubles, whom, span))
    .map(({ what, from, to }) => ({
      from,
      to: (what === 'SIGTERM' ? lastAnswerUnderWay(arrivals, from) : to) + leaseMs + recoveryMs,
    }));
  const quiet: Span[] = [];
  let from = work[0]?.at ?? 0;
  for (const trouble of [...disturbed, ...closedGates(arrivals)].toSorted((a, b) => a.from - b.from)) {
    if (trouble.from > from) quiet.push({ from, to: trouble.from });
    from = Math.max(from, trouble.to);
  }
  quiet.push({ from, to: work.at(-1)?.at ?? from });
  return quiet.flatMap((span) => whileDue(work, span));
}

const everybody: ReadonlySet<string> = new Set(['database', 'provider', 'run']);

/** A process that is asked to stop claims nothing more, and hands over once its requests to place are answered. */
function lastAnswerUnderWay(arrivals: readonly Arrival[], stoppedAt: number): number {
  const answers = arrivals
    .filter(({ kind, at }) => kind === 'place' && at.getTime() < stoppedAt + spacingMs)
    .map(({ answeredAt }) => answeredAt?.getTime() ?? 0);
  return Math.max(stoppedAt, ...answers);
}

/** A process that owned the account; people's commands and devices leave others to be called. */
function concerns(troubles: Troubles, whom: string, span: Span): boolean {
  return troubles.lives.some(({ name }) => name === whom) && ownedWithin(troubles, whom, span);
}

/**
 * From each 429 to the latest moment at which its gate opens: when it says, or by a back-off that doubles from 2 s to a
 * minute while nothing else is answered, a quarter more at the most.
 */
function closedGates(arrivals: readonly Arrival[]): Span[] {
  let inARow = 0;
  return arrivals
    .flatMap((arrival) =>
      arrival.answeredAt === null ? [] : [{ ...arrival, answeredAt: arrival.answeredAt }],
    )
    .toSorted((a, b) => a.answeredAt.getTime() - b.answeredAt.getTime())
    .flatMap(({ at, answeredAt, status, retryAfterMs }) => {
      if (status !== 429) {
        if (status !== null && status < 500) inARow = 0;
        return [];
      }
      const backOff = 1.25 * Math.min(2000 * 2 ** inARow, 60_000);
      inARow += 1;
      return [{ from: at.getTime(), to: answeredAt.getTime() + (retryAfterMs ?? backOff) }];
    });
}

/** The parts of a span in which every look found work. */
function whileDue(work: readonly WorkSample[], { from, to }: Span): Span[] {
  const parts: Span[] = [];
  let open: Span | null = null;
  for (const [index, { at, due }] of work.entries()) {
    const until = Math.min(work[index + 1]?.at ?? at, at + sampleCoversMs, to);
    if (!due || until <= from || at >= to) {
      open = null;
      continue;
    }
    if (open !== null && at <= open.to) open.to = until;
    else {
      open = { from: Math.max(from, at), to: until };
      parts.push(open);
    }
  }
  return parts.filter((part) => part.to > part.from);
}

/** What a perfect sender sends in a span that began with a window of which `before` were already used. */
function possibleIn({ limit, windowMs }: Profile, before: readonly number[], span: Span): number {
  const moments = before.slice(-limit);
  let possible = 0;
  let at = span.from;
  for (;;) {
    const full = moments.length >= limit ? (moments.at(-limit) ?? 0) + windowMs : 0;
    at = Math.max(at, full);
    if (at >= span.to) return possible;
    moments.push(at);
    possible += 1;
    at += spacingMs;
  }
}
