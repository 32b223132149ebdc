import type { OwnerContext } from '../dialing/owner-context.ts';
import { readFromExotel } from '../dialing/read-from-exotel.ts';
import type { ReadAnswer } from '../dialing/read-from-exotel.ts';
import type { RequestKind } from '../dialing/request-store.ts';
import { UserError } from '../errors.ts';
import type { ReadFailure } from '../exotel/read.ts';

/** What to say where Exotel refuses with a code, by its number. */
export type RefusalSentences = ReadonlyMap<number, string>;

const mostTries = 5;

/**
 * One request of an errand. A person waits for it, so it goes before placing; while Exotel says that there are too many
 * requests it is asked again as soon as the account's gate opens.
 * @returns the answer, or null when the term ended first: the next owner does the errand
 * @throws UserError with what Exotel said
 */
export async function requestForErrand<Wanted extends Exclude<ReadAnswer, ReadFailure>>(
  context: OwnerContext,
  kind: Exclude<RequestKind, 'place'>,
  send: () => Promise<Wanted | ReadFailure>,
  sentences: RefusalSentences = new Map(),
): Promise<Wanted | null> {
  for (let tries = 1; ; tries += 1) {
    const answer = await readFromExotel(context, 'overdue', { kind }, send);
    if (answer === null) return null;
    if (!isFailure(answer)) return answer;
    if (answer.kind === 'throttled' && tries < mostTries) continue;
    if (answer.kind === 'unsent' && answer.fenced) return null;
    throw new UserError(sentenceOf(answer, sentences));
  }
}

function isFailure(answer: ReadAnswer): answer is ReadFailure {
  return answer.kind === 'throttled' || answer.kind === 'unsent' || answer.kind === 'failed';
}

function sentenceOf(failure: ReadFailure, sentences: RefusalSentences): string {
  switch (failure.kind) {
    case 'throttled':
      return 'Exotel says again and again that there are too many requests: see whether others use this account’s API, and run the command again';
    case 'unsent':
      return `Exotel cannot be reached: ${failure.why}`;
    case 'failed': {
      const known = failure.code === null ? undefined : sentences.get(failure.code);
      return known ?? [`Exotel: ${failure.why}`, failure.advice].filter((part) => part !== null).join('. ');
    }
  }
}
