import type { Records } from './records.ts';
import type { Stage } from './stage.ts';

interface Moment {
  at: number;
  source: 'dialer' | 'request' | 'callback' | 'provider' | 'run';
  what: string;
}

/** What the run did is told from this long before an attempt to this long after it. */
const aroundMs = 3000;

/** All that both sides know of one contact, in the order of the wall clock, with what was done to the dialer meanwhile. */
export async function timelineOf(stage: Stage, records: Records, contactId: number): Promise<string> {
  const attempts = records.attemptsOf(contactId);
  const ids = attempts.map(({ id }) => id);
  const contact = records.contacts.find(({ id }) => id === contactId);
  const short = (id: string): string =>
    `attempt ${attempts.find((one) => one.id === id)?.attempt_number ?? '?'}`;
  const moments: Moment[] = [
    ...attempts.flatMap((attempt): Moment[] => {
      const { claimed_at: claimedAt, settled_at: settledAt, epoch } = attempt;
      const by = stage.fleet.lives.find(({ epochs }) => epochs.includes(epoch));
      const who = `${by?.name ?? 'a process that never said it owned'}, process ${by?.pid ?? '?'}, epoch ${epoch}`;
      return [
        {
          at: stage.clock.wallOf(claimedAt),
          source: 'dialer',
          what: `${short(attempt.id)} = ${attempt.id} with ${attempt.agent ?? 'a flow'} is claimed by ${who}`,
        },
        ...(settledAt === null
          ? []
          : [
              {
                at: stage.clock.wallOf(settledAt),
                source: 'dialer' as const,
                what: `${short(attempt.id)} is ${attempt.outcome} by ${attempt.settled_by}, call ${attempt.call_sid}`,
              },
            ]),
      ];
    }),
    ...(await requestMoments(stage, ids, short)),
    ...(await callbackMoments(stage, ids, short)),
    ...ids.flatMap((id) => providerMoments(records, id, short(id))),
  ];
  const own = moments.map(({ at }) => at);
  const doings = stage.journal.all
    .filter(({ from, to }) => own.some((at) => from <= at + aroundMs && (to ?? Infinity) >= at - aroundMs))
    .flatMap(({ what, whom, from, to }): Moment[] => [
      { at: from, source: 'run', what: `${whom}: ${what}` },
      ...(to === null || to === from
        ? []
        : [{ at: to, source: 'run' as const, what: `${whom}: ${what} is over` }]),
    ]);
  const lines = [...moments, ...doings]
    .toSorted((a, b) => a.at - b.at)
    .map(
      ({ at, source, what }) => `${new Date(at).toISOString().slice(11, 23)}  ${source.padEnd(8)}  ${what}`,
    );
  const head = `contact ${contactId}, ${contact?.number} of ${contact?.campaign}: ${contact?.state} (${contact?.state_reason ?? 'no reason'})`;
  return [head, ...lines].join('\n');
}

async function requestMoments(
  { ask }: Stage,
  ids: readonly string[],
  short: (id: string) => string,
): Promise<Moment[]> {
  const rows = await ask<{
    attempt_id: string;
    kind: string;
    created_at: Date;
    answered_at: Date | null;
    result: string | null;
    error_code: string | null;
  }>(
    `select attempt_id, kind, created_at, answered_at, result, error_code from requests
     where attempt_id = any($1::uuid[])`,
    [ids],
  );
  return rows.flatMap((row): Moment[] => {
    const answer = `${row.kind} request of ${short(row.attempt_id)}: ${row.result} ${row.error_code ?? ''}`;
    return [
      {
        at: row.created_at.getTime(),
        source: 'request',
        what: `${row.kind} request of ${short(row.attempt_id)}`,
      },
      ...(row.answered_at === null
        ? []
        : [{ at: row.answered_at.getTime(), source: 'request' as const, what: answer }]),
    ];
  });
}

async function callbackMoments(
  { ask, clock }: Stage,
  ids: readonly string[],
  short: (id: string) => string,
): Promise<Moment[]> {
  const rows = await ask<{
    attempt_id: string;
    received_at: Date;
    processed_at: Date | null;
    state: string;
    note: string | null;
  }>(
    `select attempt_id, received_at, processed_at, state, note from callbacks where attempt_id = any($1::uuid[])`,
    [ids],
  );
  return rows.flatMap((row): Moment[] => [
    {
      at: clock.wallOf(row.received_at),
      source: 'callback',
      what: `callback of ${short(row.attempt_id)} stored`,
    },
    ...(row.processed_at === null
      ? []
      : [
          {
            at: clock.wallOf(row.processed_at),
            source: 'callback' as const,
            what: `callback of ${short(row.attempt_id)}: ${row.state} ${row.note ?? ''}`,
          },
        ]),
  ]);
}

function providerMoments(records: Records, id: string, name: string): Moment[] {
  const provider = (at: string | null, what: string): Moment[] =>
    at === null ? [] : [{ at: Date.parse(at), source: 'provider', what }];
  const call = records.callOf(id);
  return [
    ...records
      .placingsOf(id)
      .flatMap((placing) => [
        ...provider(placing.at, `the request of ${name} arrives, fault: ${placing.fault ?? 'none'}`),
        ...provider(placing.answeredAt, `its answer has left: ${placing.status} ${placing.code ?? ''}`),
      ]),
    ...(call === undefined
      ? []
      : [
          ...provider(call.placedAt, `call ${call.sid} is placed`),
          ...provider(call.endedAt, `call ${call.sid} has ended: ${call.outcome}`),
        ]),
    ...records
      .callbacksOf(id)
      .flatMap(({ event, faults, attemptedAt, finishedAt, status, error, occurredAt }) =>
        attemptedAt === null
          ? provider(occurredAt, `${event} callback is lost`)
          : [
              ...provider(attemptedAt, `${event} callback is sent (${faults.join(', ') || 'no fault'})`),
              ...provider(finishedAt, `${event} callback: ${status ?? error}`),
            ],
      ),
  ];
}
