import type { Clock } from '../clock.ts';
import type { NumberAnswer, NumberMetadata } from '../exotel/number-metadata.ts';
import type { ReadFailure } from '../exotel/read.ts';

/** How asking for numbers goes in one term of ownership: what waits for how long, and what is wrong. */
export interface ScrubCourse {
  mayAsk(number: string): boolean;
  /** ms until anything should be asked again, after failures that are not the number's */
  waitMs(): number;
  /**
   * What an answer means.
   * `keep`: what is to be stored of the number. `problem`: why nothing gets on, null when it does, absent: as before.
   */
  answered(number: string, answer: NumberAnswer): { keep: NumberMetadata | null; problem?: string | null };
}

const second = 1000;
const longestWaitMs = 60 * second;
/** A number that brought no answer so many times is one of which nothing is known. */
const mostTries = 3;
/** So many failures in a row are told. */
const toldAfter = 3;
/** So many numbers turned down one after the other, and none answered: it is not the numbers. */
const refusalsOfAll = 10;

const nothingKnown: NumberMetadata = { dnd: 'unavailable', circle: null, operator: null, type: null };

/** Sorts answers: the number's own, the account's, and those of an Exotel that is away, which says nothing of a number. */
export function createScrubCourse(clock: Clock): ScrubCourse {
  const tries = new Map<string, { failures: number; notBefore: number }>();
  let failuresInARow = 0;
  let refusalsInARow = 0;
  let anyAnswered = false;
  let waitUntil = 0;

  function backOff(): void {
    failuresInARow += 1;
    waitUntil = clock.monotonic() + Math.min(second * 2 ** Math.min(failuresInARow - 1, 10), longestWaitMs);
  }

  function wellAnswered(number: string): void {
    tries.delete(number);
    failuresInARow = 0;
    refusalsInARow = 0;
    anyAnswered = true;
    waitUntil = 0;
  }

  function refused(number: string, why: string): { keep: NumberMetadata | null; problem?: string } {
    refusalsInARow += 1;
    tries.delete(number);
    if (anyAnswered || refusalsInARow < refusalsOfAll) return { keep: nothingKnown };
    backOff();
    waitUntil = clock.monotonic() + longestWaitMs;
    return {
      keep: null,
      problem: `Exotel turns down every question about a number (${why}): ask Exotel to open number metadata for the account, or take scrub out of the campaign`,
    };
  }

  function failed(number: string, failure: ReadFailure): { keep: NumberMetadata | null; problem?: string } {
    if (failure.kind === 'throttled' || (failure.kind === 'unsent' && failure.fenced)) return { keep: null };
    backOff();
    if (failure.kind === 'failed' && failure.decision === 'pause_account') {
      waitUntil = clock.monotonic() + longestWaitMs;
      const advice = failure.advice === null ? '' : ` ${failure.advice}`;
      return { keep: null, problem: `Exotel refuses to tell about numbers: ${failure.why}.${advice}` };
    }
    const failures = (tries.get(number)?.failures ?? 0) + 1;
    if (failure.kind === 'failed' && failures >= mostTries) {
      tries.delete(number);
      return { keep: nothingKnown };
    }
    tries.set(number, { failures, notBefore: clock.monotonic() + longestWaitMs });
    return failuresInARow < toldAfter
      ? { keep: null }
      : { keep: null, problem: `Exotel does not answer questions about numbers: ${failure.why}` };
  }

  return {
    mayAsk: (number) => (tries.get(number)?.notBefore ?? 0) <= clock.monotonic(),
    waitMs: () => Math.max(0, waitUntil - clock.monotonic()),
    answered(number, answer) {
      switch (answer.kind) {
        case 'number':
          wellAnswered(number);
          return { keep: answer.metadata, problem: null };
        case 'not_found':
          return refused(number, 'HTTP 404');
        case 'failed':
          return isNumbersOwn(answer) ? refused(number, answer.why) : failed(number, answer);
        case 'throttled':
        case 'unsent':
          return failed(number, answer);
      }
    },
  };
}

/** A refusal that Exotel gives for a reason we do not know may be the number's; one by its status is not. */
function isNumbersOwn({ decision, httpStatus }: Extract<ReadFailure, { kind: 'failed' }>): boolean {
  return decision === null && httpStatus !== null && httpStatus >= 400 && httpStatus < 500;
}
