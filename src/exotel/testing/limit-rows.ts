import rateLimited from './fixtures/v1-rate-limited.json' with { type: 'json' };
import { agents, everyAsk, flow, numbers, read } from './forms.ts';
import type { Form } from './forms.ts';
import { refusal, restException } from './payloads.ts';

const isThrottled = { kind: 'throttled' };
const inSeconds = { 'retry-after': '30' };
const byDate = { date: 'Mon, 05 Jan 2026 10:00:00 GMT', 'retry-after': 'Mon, 05 Jan 2026 10:00:07 GMT' };

/** Exotel may count any request, so a 429 to any of them is one for all, for as long as it asks. */
const scope = Object.entries(everyAsk).flatMap(([name, ask]): Form[] => [
  [
    12,
    `429 with Retry-After in seconds, to ${name}`,
    read(ask, { status: 429, headers: inSeconds, body: '' }, { kind: 'throttled', retryAfterMs: 30_000 }),
  ],
  [
    12,
    `429 with Retry-After as a date, to ${name}`,
    read(ask, { status: 429, headers: byDate, body: '' }, { kind: 'throttled', retryAfterMs: 7000 }),
  ],
  [
    12,
    `429 without Retry-After, to ${name}`,
    read(ask, { status: 429, body: '' }, { kind: 'throttled', retryAfterMs: null }),
  ],
]);

export const limitRows: Form[] = [
  ...scope,
  [
    13,
    '429 as a RestException with a word for a code',
    read(flow, { status: 429, body: rateLimited }, isThrottled),
  ],
  [13, '429 as an envelope', read(numbers, { status: 429, body: refusal(429, 10724) }, isThrottled)],
  [
    13,
    '429 in v2 as a RestException',
    read(agents, { status: 429, body: restException(429, 'Rate limit exceeded.') }, isThrottled),
  ],
  [13, '429 in v2 as an envelope', read(agents, { status: 429, body: refusal(429, 10724) }, isThrottled)],
];
