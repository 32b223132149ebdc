import type { CallOutcome } from '../../src/sandbox/scenario.ts';
import type { Truth } from '../../src/sandbox/truth.ts';
import type { Line } from './stage.ts';

type TrueCall = Truth['calls'][number];

/** The dialer's word for each way in which the simulated Exotel lets a call end. */
const wordFor: Readonly<Record<CallOutcome, string>> = {
  connected: 'connected',
  no_answer: 'no_answer',
  busy: 'busy',
  unreachable: 'unreachable',
  agent_no_answer: 'agent_no_answer',
  agent_canceled: 'agent_canceled',
  agent_hung_up: 'agent_canceled',
  agent_left: 'agent_canceled',
  agent_unreachable: 'agent_unreachable',
  agent_busy: 'agent_busy',
};

const customersOutcomes = new Set(['connected', 'no_answer', 'busy', 'unreachable']);

/**
 * What the report of attempts and the provider's log do not agree on, call by call: SID, attempt, number, outcome,
 * seconds of talk, agent, caller ID and recording. `excused` attempts are left out on both sides.
 */
export function differencesOfAttempts(
  truth: Truth,
  report: readonly Line[],
  excused: ReadonlySet<string> = new Set(),
): string[] {
  const known = report
    .filter((line) => line['call_sid'] !== '' && !excused.has(line['attempt_id'] ?? ''))
    .map((line) =>
      [
        line['call_sid'],
        line['attempt_id'],
        line['dialed_number'],
        line['outcome'],
        line['talk_seconds'] || '0',
        line['agent'],
        line['caller_id'],
        line['recording_url'] || 'no recording',
      ].join(' '),
    );
  const real = truth.calls
    .filter((call) => !excused.has(call.customField ?? ''))
    .map((call) =>
      [
        call.sid,
        call.customField,
        call.to,
        outcomeOf(call),
        talkOf(call),
        agentOf(call),
        call.callerId,
        call.recordingUrl ?? 'no recording',
      ].join(' '),
    );
  return differences(known, real);
}

/**
 * What the report of contacts and the provider's log do not agree on, row by row: the list's own cells, and of the last
 * call its SID, outcome, seconds of talk and agent, and how many calls count against the budget.
 */
export function differencesOfContacts(
  truth: Truth,
  list: readonly Line[],
  report: readonly Line[],
  excusedNumbers: ReadonlySet<string> = new Set(),
): string[] {
  const callsTo = new Map<string, TrueCall[]>();
  for (const call of truth.calls) callsTo.set(call.to, [...(callsTo.get(call.to) ?? []), call]);

  const expected = list.flatMap((row) => {
    const number = `+91${row['phone'] ?? ''}`;
    if (excusedNumbers.has(number)) return [];
    const calls = callsTo.get(number) ?? [];
    const last = calls.toSorted((a, b) => a.nth - b.nth).at(-1);
    const counted = calls.filter((call) => customersOutcomes.has(call.outcome ?? '')).length;
    return [
      JSON.stringify([
        ...Object.values(row),
        number,
        last === undefined ? '' : outcomeOf(last),
        String(counted),
        last === undefined ? '' : agentOf(last),
        last?.sid ?? '',
        String(last === undefined ? 0 : talkOf(last)),
      ]),
    ];
  });
  const own = Object.keys(list[0] ?? {});
  const found = report
    .filter((line) => !excusedNumbers.has(line['dialed_number'] ?? ''))
    .map((line) =>
      JSON.stringify([
        ...own.map((column) => line[column]),
        line['dialed_number'],
        line['outcome'],
        line['attempts'],
        line['agent'],
        line['call_sid'],
        line['talk_seconds'] || '0',
      ]),
    );
  return differences(found, expected);
}

/** The outcome that the dialer must tell of a call. */
export function outcomeOf(call: TrueCall): string {
  // of two phones v1 tells only that the second was not dialled, not by whose doing
  if (call.outcome === 'agent_left' && call.mode === 'connect') return 'unreachable';
  return call.outcome === null ? 'going on' : wordFor[call.outcome];
}

/** Seconds of talk; of a call to a flow that connected, those of the whole call. */
function talkOf({ mode, outcome, talkSeconds, totalSeconds }: TrueCall): number {
  return (mode === 'flow' && outcome === 'connected' ? totalSeconds : talkSeconds) ?? 0;
}

/**
 * The truth as it can be told by v3's details, which name no legs: a customer who was busy did not answer. The
 * legs have an address of their own there, on request.
 */
export function toldWithoutLegs(truth: Truth): Truth {
  const calls = truth.calls.map((call): TrueCall =>
    call.outcome === 'busy' ? { ...call, outcome: 'no_answer' } : call,
  );
  return { ...truth, calls };
}

/** Whom the dialer names as the agent of a call: a user of the account, a plain phone, or nobody. */
function agentOf({ mode, agent, from }: TrueCall): string {
  return (mode === 'connect' ? from : agent) ?? '';
}

/** Calls of which two were alive to one number at one moment. */
export function overlappingCalls(truth: Truth): string[] {
  const byNumber = new Map<string, TrueCall[]>();
  for (const call of truth.calls) byNumber.set(call.to, [...(byNumber.get(call.to) ?? []), call]);
  return [...byNumber.values()].flatMap((calls) => {
    const inOrder = calls.toSorted((a, b) => Date.parse(a.placedAt) - Date.parse(b.placedAt));
    return inOrder.slice(1).flatMap((call, index) => {
      const before = inOrder[index];
      const endedAt = Date.parse(before?.endedAt ?? '');
      if (endedAt <= Date.parse(call.placedAt)) return [];
      return [`${call.to}: ${call.sid} was placed while ${before?.sid} was alive`];
    });
  });
}

/** Attempts for which more than one request to place a call arrived. */
export function attemptsSentTwice(truth: Truth): string[] {
  const times = new Map<string, number>();
  for (const { customField } of truth.placings) {
    if (customField !== null) times.set(customField, (times.get(customField) ?? 0) + 1);
  }
  return [...times].filter(([, count]) => count > 1).map(([id, count]) => `${id} was sent ${count} times`);
}

function differences(found: readonly string[], expected: readonly string[]): string[] {
  const missing = new Set(expected);
  const surplus = found.filter((line) => !missing.delete(line));
  return [
    ...surplus.map((line) => `only in the report: ${line}`),
    ...[...missing].map((line) => `only in the truth: ${line}`),
  ];
}
