import { setTimeout as delay } from 'node:timers/promises';
import type { ScenarioInput } from '../../src/sandbox/scenario.ts';
import { differencesOfAttempts, differencesOfContacts } from './compare-with-truth.ts';
import type { LoadRun } from './run-context.ts';
import { withStage } from './stage.ts';
import { until } from './until.ts';

const contacts = 500;
const minuteMs = 60_000;
const campaign = 'schedule';

/** Lets a campaign start, meet the end of its hours and then its own end, with the dialer killed and restarted twice. */
export const scheduleRun: LoadRun = {
  proves:
    'a campaign starts by itself, rings no customer outside its hours, and the rest of its list expires',
  limitMs: 600_000,
  async run({ figures, signal, say }) {
    await withStage({ scenario, signal }, async (stage) => {
      let dialer = await stage.start();
      // hours are told in whole minutes: the first that is most of a minute away
      const startsAt = Math.ceil((Date.now() + 45_000) / minuteMs) * minuteMs;
      const closesAt = startsAt + 2 * minuteMs;
      const endsAt = startsAt + 3 * minuteMs;
      const zone = zoneAtNoon(startsAt);
      const list = await stage.create({
        name: campaign,
        contacts,
        start: false,
        file: {
          call: { ringSeconds: 20, maxSeconds: 60 },
          schedule: {
            timezone: zone.name,
            start: zone.clock(startsAt),
            end: zone.clock(endsAt),
            hours: { 'mon-sun': [`${zone.clock(startsAt).slice(11)}-${zone.clock(closesAt).slice(11)}`] },
          },
        },
      });
      const waiting = await stage.show(campaign);
      say(`${waiting.status}: ${waiting.reason ?? ''}`);
      figures.equal('status before the start', waiting.status, 'scheduled');

      const sleepUntil = (instant: number): Promise<void> =>
        delay(Math.max(0, instant - Date.now()), undefined, { signal });
      await sleepUntil(startsAt - 25_000);
      await dialer.stop();
      dialer = await stage.start();
      say('started again before the start of the campaign');
      await until(() => stage.sandbox.truth().calls.length > 0, {
        what: 'the first call',
        timeoutMs: startsAt - Date.now() + 60_000,
        signal,
      });
      const first = Date.parse(stage.sandbox.truth().placings[0]?.at ?? '');
      figures.note('seconds from the start to the first call', (first - startsAt) / 1000);

      await sleepUntil(startsAt + 40_000);
      await dialer.kill('process');
      dialer = await stage.start();
      say('killed and started again while the campaign dialled');
      await sleepUntil(closesAt + 5000);
      const closed = await stage.show(campaign);
      say(`${closed.status}: ${closed.reason ?? ''}`);
      figures.equal('told why nothing is dialled after the hours', String(closed.reason !== null), 'true');

      const summary = await stage.completed(campaign, 240_000);
      const { contacts: states } = summary;
      const truth = stage.sandbox.truth();
      say(JSON.stringify(states));
      const rang = truth.calls.flatMap(({ customerRangAt }) =>
        customerRangAt === null ? [] : [Date.parse(customerRangAt)],
      );
      const outside = truth.calls.filter(
        ({ customerRangAt }) =>
          customerRangAt !== null &&
          (Date.parse(customerRangAt) < startsAt || Date.parse(customerRangAt) >= closesAt),
      );
      const report = await stage.report(campaign);
      figures.none(
        'customers rung outside the window',
        outside.map(({ to, customerRangAt }) => `${to} at ${customerRangAt}`),
      );
      figures.note('customers rung', rang.length);
      figures.note('first ring, seconds after the start', (Math.min(...rang) - startsAt) / 1000);
      figures.note('last ring, seconds before the hours close', (closesAt - Math.max(...rang)) / 1000);
      figures.atLeast('contacts that expired', states.expired, 1);
      figures.equal(
        'states together',
        Object.entries(states).reduce((sum, [state, count]) => sum + (state === 'total' ? 0 : count), 0),
        contacts,
      );
      figures.equal(
        'rows of the report that expired',
        report.filter((line) => line['contact_state'] === 'expired').length,
        states.expired,
      );
      figures.note(
        'finished / exhausted / suppressed / held / expired',
        [states.finished, states.exhausted, states.suppressed, states.held, states.expired].join(' / '),
      );
      const attempts = await stage.report(campaign, '--attempts');
      const unknown = attempts.filter(({ outcome }) => outcome === 'unknown');
      figures.note('attempts that stay unknown after the kill', unknown.length);
      figures.none(
        'attempts that differ from the truth',
        differencesOfAttempts(truth, attempts, new Set(unknown.map((line) => line['attempt_id'] ?? ''))),
      );
      figures.none(
        'contacts that differ from the truth',
        differencesOfContacts(
          truth,
          list,
          report,
          new Set(unknown.map((line) => line['dialed_number'] ?? '')),
        ),
      );
      await dialer.stop();
      return { keep: figures.broken() > 0 };
    });
  },
};

const scenario: ScenarioInput = {
  seed: 7,
  speed: 1,
  limit: { requests: 198, countRefused: true },
  agents: { count: 20 },
  durations: {
    agentAnswer: { mean: '3s', spread: '1s' },
    dialing: { mean: '1s', spread: '300ms' },
    customerAnswer: { mean: '4s', spread: '1s' },
    talk: { mean: '8s', spread: '3s' },
    postProcessing: '1s',
  },
};

/** A zone in which it is about noon, so that no run ever meets midnight. */
function zoneAtNoon(instant: number): { name: string; clock(at: number): string } {
  const offset = 12 - new Date(instant).getUTCHours();
  // the signs of these names are the other way round: Etc/GMT-5 is five hours ahead
  const name = offset === 0 ? 'Etc/GMT' : `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`;
  return { name, clock: (at) => new Date(at + offset * 3_600_000).toISOString().slice(0, 16) };
}
