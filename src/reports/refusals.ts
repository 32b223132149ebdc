import type { Queryable } from '../db/pool.ts';
import type { Outcome } from '../dialing/outcomes.ts';
import { errorCodes } from '../exotel/error-codes.ts';
import { ofSliceAndPeriod, periodParameters } from './slices.ts';
import type { Slice } from './slices.ts';

/** Attempts that came to no call, by what they were answered. */
export interface Refusal {
  outcome: Outcome;
  /** Exotel's code, or `HTTP 402` where it gave none; null where nothing was answered */
  code: string | null;
  meaning: string;
  attempts: number;
}

/** The same before its meaning is known; `text` is the first by the alphabet that came with it. */
export interface RefusalCount extends Omit<Refusal, 'meaning'> {
  text: string | null;
}

export async function refusalCounts(queryable: Queryable, slice: Slice): Promise<RefusalCount[]> {
  const found = await queryable.query<RefusalCount>(
    `select outcome, error_code as code, min(error_text) as text, count(*) as attempts from attempts t
     where state = 'settled' and call_sid is null and outcome <> 'unknown' and ${ofSliceAndPeriod('t')}
     group by outcome, error_code`,
    periodParameters(slice),
  );
  return found.rows;
}

/** Refusals by code, the most frequent first. */
export function refusalsByCode(counts: readonly RefusalCount[]): Refusal[] {
  const sums = new Map<string, RefusalCount>();
  for (const count of counts) {
    const key = `${count.outcome} ${count.code ?? ''}`;
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { ...count });
    else {
      sum.attempts += count.attempts;
      sum.text = firstOf(sum.text, count.text);
    }
  }
  return [...sums.values()]
    .toSorted(
      (one, other) =>
        other.attempts - one.attempts ||
        one.outcome.localeCompare(other.outcome) ||
        (one.code ?? '').localeCompare(other.code ?? ''),
    )
    .map(({ text, ...refusal }) => ({ ...refusal, meaning: meaningOf(refusal, text) }));
}

function firstOf(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}

function meaningOf({ outcome, code }: Omit<Refusal, 'meaning'>, text: string | null): string {
  if (outcome === 'throttled') return 'too many requests; tried again later';
  if (outcome === 'unsent') return 'Exotel could not be reached; tried again later';
  return errorCodes.get(Number(code))?.meaning ?? text ?? outcome.replaceAll('_', ' ');
}
