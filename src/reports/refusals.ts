import type { Queryable } from '../db/pool.ts';
import type { Outcome } from '../dialing/outcomes.ts';
import { errorCodes } from '../exotel/error-codes.ts';
import { madeWithin } from './period.ts';
import type { Period } from './period.ts';

/** Attempts that came to no call, by what they were answered. */
export interface Refusal {
  outcome: Outcome;
  /** Exotel's code, or `HTTP 402` where it gave none; null where nothing was answered */
  code: string | null;
  meaning: string;
  attempts: number;
}

/** The refusals of a campaign by code, the most frequent first. */
export async function refusalsByCode(
  queryable: Queryable,
  campaignId: number,
  { since, until }: Period,
): Promise<Refusal[]> {
  const found = await queryable.query<Omit<Refusal, 'meaning'> & { text: string | null }>(
    `select outcome, error_code as code, min(error_text) as text, count(*) as attempts from attempts t
     where campaign_id = $1 and state = 'settled' and call_sid is null and outcome <> 'unknown'
       and ${madeWithin('t', '$2', '$3')}
     group by outcome, error_code order by attempts desc, outcome, error_code`,
    [campaignId, since, until],
  );
  return found.rows.map(({ text, ...refusal }) => ({ ...refusal, meaning: meaningOf(refusal, text) }));
}

function meaningOf({ outcome, code }: Omit<Refusal, 'meaning'>, text: string | null): string {
  if (outcome === 'throttled') return 'too many requests; tried again later';
  if (outcome === 'unsent') return 'Exotel could not be reached; tried again later';
  return errorCodes.get(Number(code))?.meaning ?? text ?? outcome.replaceAll('_', ' ');
}
