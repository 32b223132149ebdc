import { describe, expect, test } from 'vitest';
import type { AgentState } from '../../src/sandbox/scenario.ts';
import { wronglyOut } from './agents-well.ts';
import { createListJudge } from './call-list.ts';
import type { Command } from './commands.ts';
import { createJudge } from './delivered.ts';
import { agent, arrival, at, attempt, call, contact, placing, recordsOf, request } from './fabricated.ts';
import type { Finding } from './finding.ts';
import type { Life } from './fleet.ts';
import type { Disturbance } from './journal.ts';
import { lostOrStuck } from './never-lost.ts';
import { calledTooSoon } from './never-early.ts';
import { overTheLimit, useOfLimit } from './never-over.ts';
import type { Troubles } from './never-over.ts';
import { calledAgainstCommands } from './obeyed.ts';
import { actedAfterTakeover } from './one-owner.ts';
import { profiles } from './profile.ts';

/*
 * A long run that finds nothing proves as much as its judges can see. Each is shown here, on rounds that never were, to
 * find what it is there for and to leave alone what may be.
 */
const whats = (findings: readonly Finding[]): string[] => findings.map(({ what }) => what);

describe('the use of the limit', () => {
  const profile = { ...profiles.fast, limit: 10, windowMs: 1000, leaseMs: 1000 };
  const due = Array.from({ length: 100 }, (_, index) => ({ at: at(index / 5).getTime(), due: true }));
  const life = { name: 'worker-1', epochs: [1] };
  const troubles = (...disturbances: [what: string, whom: string, seconds: number][]): Troubles => ({
    disturbances: disturbances.map(([what, whom, seconds]) => {
      const moment = at(seconds).getTime();
      return { what, whom, from: moment, to: moment };
    }),
    takeovers: [{ epoch: 1, at: at(0), dialer_at: at(0) }],
    lives: [life, { name: 'worker-2', epochs: [] }].map((one) => ({
      ...one,
      pid: 1,
      startedAt: 0,
      readyAt: 0,
      askedToStopAt: null,
      killedAt: null,
      endedAt: null,
      said: [],
    })),
  });
  const steadily = (from: number, to: number) =>
    Array.from({ length: Math.round((to - from) * 10) }, (_, index) => arrival(from + index / 10));

  test('is whole for a dialer that takes each place as it comes free', () => {
    const { sent, possible } = useOfLimit(profile, steadily(0, 19.8), troubles(), due);
    expect(sent / possible).toBeGreaterThan(0.98);
  });

  test('falls when nothing is placed after a kill, from when the next owner must have taken over', () => {
    const stalled = useOfLimit(profile, steadily(0, 5), troubles(['kill -9', 'worker-1', 5]), due);
    expect(stalled.seconds).toBeCloseTo(5 + (19.8 - 7), 0);
    expect(stalled.sent / stalled.possible).toBeLessThan(0.35);
  });

  test('does not count the time that a takeover may need, nor the one in which nothing is due', () => {
    const recovered = [...steadily(0, 5), ...steadily(7, 19.8)];
    const whole = useOfLimit(profile, recovered, troubles(['kill -9', 'worker-1', 5]), due);
    expect(whole.sent / whole.possible).toBeGreaterThan(0.98);
    const idle = due.map((sample) => ({ ...sample, due: sample.at < at(5).getTime() }));
    expect(useOfLimit(profile, steadily(0, 5), troubles(), idle).seconds).toBeLessThan(5.5);
  });

  test('excuses nothing by the death of a process that did not own the account', () => {
    const stalled = useOfLimit(profile, steadily(0, 5), troubles(['kill -9', 'worker-2', 5]), due);
    expect(stalled.seconds).toBeCloseTo(19.8, 0);
  });

  test('lets a process that was asked to stop have its last answer, and no longer', () => {
    const slow = arrival(4.95, { answeredAt: at(9) });
    const asked = troubles(['SIGTERM', 'worker-1', 5]);
    expect(useOfLimit(profile, [...steadily(0, 4.9), slow], asked, due).seconds).toBeCloseTo(
      5 + 19.8 - 11,
      0,
    );
    expect(useOfLimit(profile, steadily(0, 5), asked, due).seconds).toBeCloseTo(5 + 19.8 - 7, 0);
  });

  test('waits after a 429 for as long as it asks, and no longer', () => {
    const refused = arrival(5, { status: 429, admitted: false, retryAfterMs: 3000 });
    const { seconds } = useOfLimit(profile, [...steadily(0, 5), refused], troubles(), due);
    expect(seconds).toBeCloseTo(19.8 - 3, 0);
  });

  test('shows every request of a window that held too many', () => {
    const arrivals = [...steadily(0, 2), arrival(1.95, { path: '/one-too-many' })];
    const [finding] = whats(overTheLimit(arrivals, { ...profile, limit: 10, windowMs: 999 }));
    expect(finding).toContain('/one-too-many');
    expect(finding?.split('\n')).toHaveLength(12);
    expect(overTheLimit(steadily(0, 2), { ...profile, limit: 10, windowMs: 999 })).toEqual([]);
  });
});

describe('one owner', () => {
  test('is not kept by a claim in an epoch that was over', () => {
    const late = attempt('a', { claimed_at: at(10) });
    expect(whats(actedAfterTakeover(recordsOf({ attempts: [late], takeovers: [0, 9] })))).toEqual([
      'a was claimed in epoch 1 when 2 had begun',
    ]);
    expect(actedAfterTakeover(recordsOf({ attempts: [late], takeovers: [0, 11] }))).toEqual([]);
  });

  test('is not kept by a look that arrives after a takeover, answered though it was later', () => {
    const look = request({ kind: 'details', created_at: at(1), answered_at: at(20) });
    const arrivals = [arrival(12, { kind: 'call', path: '/calls/1' })];
    expect(
      whats(actedAfterTakeover(recordsOf({ requests: [look], arrivals, takeovers: [0, 10] }))),
    ).toHaveLength(1);
    expect(actedAfterTakeover(recordsOf({ requests: [look], arrivals, takeovers: [0, 13] }))).toEqual([]);
  });

  test('is not kept by a second request on the strength of one row, nor by one that is said to be unsent', () => {
    const arrivals = [arrival(1.01), arrival(1.02)];
    expect(whats(actedAfterTakeover(recordsOf({ requests: [request()], arrivals })))).toHaveLength(1);
    const two = [request(), request({ id: 2, result: 'unsent' })];
    expect(whats(actedAfterTakeover(recordsOf({ requests: two, arrivals })))).toHaveLength(1);
    expect(actedAfterTakeover(recordsOf({ requests: [request(), request({ id: 2 })], arrivals }))).toEqual(
      [],
    );
  });
});

describe('a customer called again', () => {
  const rules = { onUnknown: 'hold', retryDelayMs: 60_000 } as const;
  const again = (seconds: number, number = 2) =>
    attempt(`again ${number}`, { attempt_number: number, claimed_at: at(seconds) });

  test('must have been given the delay of the outcome', () => {
    const busy = attempt('a', { outcome: 'busy', settled_at: at(6) });
    expect(whats(calledTooSoon(recordsOf({ attempts: [busy, again(65)] }), rules))).toEqual([
      '+919810000001 was called 59000 ms after busy (a), which asks for 60000 ms: again 2',
    ]);
    expect(calledTooSoon(recordsOf({ attempts: [busy, again(66)] }), rules)).toEqual([]);
  });

  test('must have been left alone for fifteen minutes where the phone rang before the agent’s fault', () => {
    const fault = attempt('a', { outcome: 'agent_canceled', settled_at: at(6) });
    const rang = [call('a', { customerRangAt: at(3).toISOString() })];
    const soon = { attempts: [fault, again(905)], calls: rang };
    expect(whats(calledTooSoon(recordsOf(soon), rules))).toHaveLength(1);
    expect(calledTooSoon(recordsOf({ ...soon, attempts: [fault, again(906)] }), rules)).toEqual([]);
    expect(calledTooSoon(recordsOf({ attempts: [fault, again(7)] }), rules)).toEqual([]);
  });

  test('must have been put back after faults by three different agents', () => {
    const faults = ['agent-001', 'agent-002', 'agent-003'].map((name, index) =>
      attempt(`fault ${index}`, {
        attempt_number: index + 1,
        agent: name,
        outcome: 'agent_no_answer',
        claimed_at: at(10 * index),
        settled_at: at(10 * index + 5),
      }),
    );
    expect(whats(calledTooSoon(recordsOf({ attempts: [...faults, again(84, 4)] }), rules))).toHaveLength(1);
    expect(calledTooSoon(recordsOf({ attempts: [...faults, again(85, 4)] }), rules)).toEqual([]);
    const sameAgent = faults.map((one) => ({ ...one, agent: 'agent-001' }));
    expect(calledTooSoon(recordsOf({ attempts: [...sameAgent, again(30, 4)] }), rules)).toEqual([]);
  });
});

describe('what people forbade', () => {
  const moment = (seconds: number) => ({ wall: at(seconds).getTime(), dialer: at(seconds) });
  const pause: Command = {
    what: 'pause',
    campaign: 'renewals',
    number: null,
    from: moment(10),
    to: moment(20),
  };
  const found = (claimed: number, arrived: number, command: Command = pause) =>
    whats(
      calledAgainstCommands(
        recordsOf({
          attempts: [attempt('a', { claimed_at: at(claimed) })],
          placings: [placing('a', { at: at(arrived).toISOString() })],
        }),
        [command],
        1500,
      ),
    );

  test('is broken by a claim after the command had returned', () => {
    expect(found(10.1, 10.2)).toEqual(['a was claimed 100 ms after the pause of renewals']);
    expect(found(9.9, 10.2)).toEqual([]);
    expect(found(20.1, 20.2)).toEqual([]);
    expect(found(10.1, 10.2, { ...pause, campaign: 'reminders' })).toEqual([]);
  });

  test('is broken by a request that arrives when no claim from before can be under way', () => {
    expect(found(9.9, 12)).toHaveLength(1);
    expect(found(9.9, 11)).toEqual([]);
  });

  test('is broken by a call to a number that was suppressed, in whichever campaign', () => {
    const suppression: Command = {
      ...pause,
      what: 'suppression',
      campaign: null,
      number: '+919810000001',
      to: null,
    };
    expect(found(25, 25.1, suppression)).toHaveLength(1);
    expect(found(25, 25.1, { ...suppression, number: '+919810000002' })).toEqual([]);
  });
});

describe('a contact', () => {
  const campaigns = [{ name: 'renewals', rows: [{ phone: '9810000001' }], start: true }];
  const lost = (state: string, attempts: Parameters<typeof attempt>[1][], reason: string | null = null) =>
    whats(
      lostOrStuck(
        recordsOf({
          contacts: [contact({ state, state_reason: reason })],
          attempts: attempts.map((changes, index) =>
            attempt(`a${index}`, { attempt_number: index + 1, ...changes }),
          ),
        }),
        campaigns,
        [],
      ),
    );

  test('that was connected is finished, whatever came before or after', () => {
    expect(lost('finished', [{}])).toEqual([]);
    const counted = [{}, { outcome: 'busy' }, { outcome: 'busy' }];
    expect(lost('exhausted', counted)).toHaveLength(1);
    expect(lost('held', [{}, { outcome: 'unknown' }], 'unknown')).toHaveLength(1);
  });

  test('is held for agents’ faults only after four rows of them, and canceled only with its campaign', () => {
    const faults = (rows: number) =>
      Array.from({ length: 3 * rows }, (_, index) => ({
        outcome: 'agent_no_answer',
        counts: false,
        agent: `agent-${index}`,
      }));
    expect(lost('held', faults(4), 'agent_faults')).toEqual([]);
    expect(lost('held', faults(3), 'agent_faults')).toHaveLength(1);
    expect(lost('canceled', [])).toHaveLength(1);
    expect(lost('suppressed', [])).toHaveLength(1);
  });
});

describe('an attempt that stays unknown', () => {
  const clock = { wallOf: (instant: Date) => instant.getTime() };
  const life = (changes: Partial<Life> = {}): Life => ({
    name: 'worker-1',
    pid: 1,
    startedAt: at(0).getTime(),
    readyAt: at(0).getTime(),
    epochs: [1],
    askedToStopAt: null,
    killedAt: null,
    endedAt: null,
    said: [],
    ...changes,
  });
  const unknown = attempt('a', { outcome: 'unknown', settled_by: 'deadline', call_sid: null });
  const wordOn = (
    lived: Life,
    disturbances: Disturbance[],
    ofAttempt: Parameters<typeof recordsOf>[0] = {},
  ) =>
    createJudge(recordsOf({ attempts: [unknown], ...ofAttempt }), {
      fleet: { lives: [lived] },
      journal: { all: disturbances },
      clock,
    }).wordOn(unknown);
  const cut = {
    what: 'database connections cut',
    whom: 'worker-1',
    from: at(1).getTime(),
    to: at(1).getTime(),
  };
  const killedAt = (seconds: number) => ({ killedAt: at(seconds).getTime(), endedAt: at(seconds).getTime() });

  test('has no excuse where its process had its answer and the time to store it', () => {
    expect(wordOn(life(), [])).toBe('delivered');
    expect(wordOn(life(killedAt(1.1)), [])).toBe('killed_with_answer');
    expect(wordOn(life(killedAt(3)), [])).toBe('delivered');
  });

  test('is not excused by a commit that went unheard where its process lived on', () => {
    const neverSent = { placings: [] };
    expect(wordOn(life(), [cut], neverSent)).toBe('no_excuse');
    expect(wordOn(life({ endedAt: at(4).getTime() }), [cut], neverSent)).toBe('commit_unheard');
    expect(wordOn(life(killedAt(4)), [cut], neverSent)).toBe('killed_before_request');
    expect(wordOn(life({ endedAt: at(4).getTime() }), [], neverSent)).toBe('no_excuse');
  });

  test('must have been found where v1’s list had its call in time, and no other could be it', () => {
    const listed = (
      calls: ReturnType<typeof call>[],
      customField: 'absent' | 'shown' = 'absent',
      others: ReturnType<typeof attempt>[] = [],
    ) => {
      const settings = { speed: 1, v1: { detailsAfter: 20_000, customField } };
      return createListJudge(recordsOf({ attempts: [unknown, ...others], calls }), settings, clock)(unknown);
    };
    expect(listed([call('a')])).toBe('findable');
    expect(listed([])).toBeNull();
    expect(listed([call('a', { settledAt: at(95).toISOString() })])).toBe('listed_too_late');
    const other = attempt('b', { outcome: 'unknown', call_sid: null });
    expect(listed([call('a'), call('b')], 'absent', [other])).toBe('one_of_several');
    expect(listed([call('a'), call('b')], 'shown', [other])).toBe('findable');
    expect(listed([call('a'), call('b')], 'absent', [attempt('b')])).toBe('findable');
  });
});

describe('an agent who is out in the end', () => {
  const out = (
    changes: Parameters<typeof agent>[0],
    { states = ['available'], ...made }: Parameters<typeof recordsOf>[0] & { states?: AgentState[] } = {},
  ) => whats(wronglyOut(recordsOf({ agents: [agent(changes)], ...made }), () => new Set(states)));

  test('is disabled by what the provider said, or by a device that cannot be called', () => {
    const refused = { disabled_at: at(1), disabled_code: '10702' };
    expect(out(refused)).toEqual(['agent-001 is disabled by 10702, which was never answered']);
    expect(out(refused, { placings: [placing('a', { code: 10_702, status: 404 })] })).toEqual([]);
    const byDevice = { disabled_at: at(1), disabled_code: 'device' };
    expect(out(byDevice)).toHaveLength(1);
    expect(out(byDevice, { states: ['available', 'unverified'] })).toEqual([]);
  });

  test('cools down for a time that ends, after a refusal that was answered', () => {
    const cooling = { cooling_since: at(1), cooling_until: at(61), cooling_code: '10706' };
    const placings = [placing('a', { code: 10_706, status: 409 })];
    expect(out(cooling, { placings })).toEqual([]);
    expect(out(cooling)).toHaveLength(1);
    expect(out({ ...cooling, cooling_until: null }, { placings })).toHaveLength(1);
    expect(out({ ...cooling, cooling_until: at(3600) }, { placings })).toHaveLength(1);
  });

  test('is paused by the dialer alone, for a time that ends, and after three calls that were missed', () => {
    const paused = { paused_by: 'dialer', paused_at: at(100), paused_until: at(700) };
    const missed = (count: number) => {
      const ids = Array.from({ length: count }, (_, index) => `missed ${index}`);
      const attempts = ids.map((id) => attempt(id, { outcome: 'agent_no_answer' }));
      return { attempts, calls: ids.map((id) => call(id)) };
    };
    expect(out(paused, missed(3))).toEqual([]);
    // the clock goes on between the reading of the one and of the other
    expect(out({ ...paused, paused_until: at(700.001) }, missed(3))).toEqual([]);
    expect(out({ ...paused, paused_until: at(800) }, missed(3))).toHaveLength(1);
    expect(out(paused, missed(2))).toHaveLength(1);
    expect(out({ ...paused, paused_until: null }, missed(3))).toHaveLength(1);
    expect(out({ ...paused, paused_by: 'asha' }, missed(3))).toHaveLength(1);
  });
});
