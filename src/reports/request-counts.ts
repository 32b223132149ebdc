import type { Queryable } from '../db/pool.ts';
import { ofSliceAndPeriod, periodParameters } from './slices.ts';
import type { Slice } from './slices.ts';

export interface RequestCounts {
  /** requests to place a call that left this side, whatever the answer */
  placing: number;
  /** requests for the details of a call */
  polling: number;
  /** those of both that were answered 429 */
  throttled: number;
}

export async function requestCounts(queryable: Queryable, slice: Slice): Promise<RequestCounts> {
  const found = await queryable.query<RequestCounts>(
    `select count(*) filter (where r.kind = 'place') as placing,
       count(*) filter (where r.kind = 'details') as polling,
       count(*) filter (where r.result = 'throttled') as throttled
     from requests r join attempts t on t.id = r.attempt_id
     where r.result is distinct from 'unsent' and ${ofSliceAndPeriod('t')}`,
    periodParameters(slice),
  );
  return found.rows[0] ?? nothing;
}

const nothing: RequestCounts = { placing: 0, polling: 0, throttled: 0 };

export function sumRequests(counts: readonly RequestCounts[]): RequestCounts {
  return counts.reduce(
    (sum, { placing, polling, throttled }) => ({
      placing: sum.placing + placing,
      polling: sum.polling + polling,
      throttled: sum.throttled + throttled,
    }),
    nothing,
  );
}
