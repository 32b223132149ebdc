import { mostInAnyWindow } from '../../src/sandbox/rate-window.ts';
import type { Arrival } from '../../src/sandbox/requests.ts';
import type { Truth } from '../../src/sandbox/truth.ts';
import type { Disturbance } from './journal.ts';
import type { Profile } from './profile.ts';
import type { WorkSample } from './work.ts';

/** The dialer's own pause between two requests. */
const spacingMs = 100;
/** Samples of work are taken several times in this time; a longer gap tells nothing. */
const sampleCoversMs = 600;

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

/**
 * How much of the limit was used between disturbances while work was due.
 *
 * A span begins with the first request to place a call after a disturbance and ends with the next disturbance, or when
 * no work is due. In each span the requests that arrived are set against those that a perfect sender would have sent
 * in it, who starts from the same last window, leaves the same pause between two requests, and takes each place in the
 * moment at which it comes free. An answer of 429 counts as a disturbance: the gate that it closes is right.
 */
export function useOfLimit(
  profile: Profile,
  arrivals: readonly Arrival[],
  disturbances: readonly Disturbance[],
  work: readonly WorkSample[],
): Use {
  const use: Use = { sent: 0, possible: 0, seconds: 0 };
  for (const span of spansOf(arrivals, disturbances, work)) {
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
  arrivals: readonly Arrival[],
  disturbances: readonly Disturbance[],
  work: readonly WorkSample[],
): Span[] {
  const throttled = arrivals
    .filter(({ status }) => status === 429)
    .map(({ at, answeredAt }) => ({ from: at.getTime(), to: answeredAt?.getTime() ?? at.getTime() }));
  const troubles = [...disturbances.map(({ from, to }) => ({ from, to: to ?? Infinity })), ...throttled];
  const placings = arrivals.filter(({ kind, admitted }) => kind === 'place' && admitted);
  const begins = troubles.map(({ from }) => from).toSorted((a, b) => a - b);
  return mergedEnds(troubles).flatMap((end) => {
    const from = placings.find(({ at }) => at.getTime() >= end)?.at.getTime();
    if (from === undefined) return [];
    const to = begins.find((begin) => begin > end) ?? work.at(-1)?.at ?? from;
    return whileDue(work, { from, to });
  });
}

/** The ends of troubles during which no other trouble goes on. */
function mergedEnds(troubles: readonly Span[]): number[] {
  return [...new Set(troubles.map(({ to }) => to))].filter(
    (end) => !troubles.some(({ from, to }) => from <= end && to > end),
  );
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
