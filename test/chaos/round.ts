import type { Mode } from '../load/mode.ts';
import { until } from '../load/until.ts';
import { createCampaigns } from './campaigns.ts';
import type { ChaosCampaign } from './campaigns.ts';
import { deviceStates, wronglyOut } from './agents-well.ts';
import { createListJudge } from './call-list.ts';
import type { ListWord } from './call-list.ts';
import { createJudge } from './delivered.ts';
import type { Word } from './delivered.ts';
import { carryOut } from './disturb.ts';
import type { Disturbed } from './disturb.ts';
import { drain } from './drain.ts';
import type { Finding } from './finding.ts';
import { agentsStuck, lostOrStuck } from './never-lost.ts';
import { calledTooSoon } from './never-early.ts';
import { mostAlive, mostInWindow, overTheLimit, useOfLimit } from './never-over.ts';
import type { Use } from './never-over.ts';
import { calledAgain } from './never-twice.ts';
import { calledAgainstCommands } from './obeyed.ts';
import { actedAfterTakeover } from './one-owner.ts';
import { planOf } from './plan.ts';
import { scenarioOf } from './profile.ts';
import type { Profile } from './profile.ts';
import { readRecords } from './records.ts';
import type { Records } from './records.ts';
import { compareReports } from './report-is-truth.ts';
import { withStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { timelineOf } from './timeline.ts';
import { watchWork } from './work.ts';

export interface RoundOptions {
  profile: Profile;
  mode: Mode;
  seed: number;
  kills: number;
  signal: AbortSignal;
  say: (line: string) => void;
}

/** What one round came to. */
export interface RoundResult {
  seed: number;
  mode: Mode;
  disturbed: Disturbed;
  /** how often each other thing was done */
  doings: Map<string, number>;
  contacts: number;
  attempts: number;
  calls: number;
  states: Map<string, number>;
  requests: number;
  mostInWindow: number;
  /** the most calls that were alive at once */
  mostAlive: number;
  use: Use;
  /** attempts that stay unknown, by what became of the provider's word */
  unknown: Map<Word, number>;
  /** how many of them made a call */
  unknownCalls: number;
  /** what v1’s list of calls could have told of those */
  listed: Map<ListWord, number>;
  /** unknown ones whose call a search found */
  foundBySearch: number;
  findings: {
    over: Finding[];
    again: Finding[];
    soon: Finding[];
    forbidden: Finding[];
    lost: Finding[];
    agents: Finding[];
    owners: Finding[];
    untrue: Finding[];
    processes: Finding[];
  };
  /** the stories of contacts that something is wrong with */
  timelines: string[];
}

const timelinesTold = 3;

/** One round: a fresh database and provider, a plan of disturbances, the end, and the proof. */
export async function runRound({
  profile,
  mode,
  seed,
  kills,
  signal,
  say,
}: RoundOptions): Promise<RoundResult> {
  const { workers, windowMs, limit, leaseMs, slowMs } = profile;
  const contacts = kills * profile.contactsPerKill;
  const people = contacts + profile.contactsToCancel;
  const scenario = scenarioOf(profile, { mode, seed, contacts: people });
  // without agents nothing else holds calls back but the pace of requests
  const legs = mode === 'flow' ? profile.agents : null;
  return await withStage(
    { scenario, signal, workers, windowMs, limit, leaseMs, slowMs, legs },
    async (stage): Promise<{ keep: boolean; result: RoundResult }> => {
      const plan = planOf(profile, seed, { kills, names: stage.fleet.names });
      const campaigns = await createCampaigns(stage, {
        ...profile,
        mode,
        contacts,
        onUnknown: plan.onUnknown,
      });
      await until(() => stage.sandbox.requests().some(({ kind }) => kind === 'place'), {
        what: 'the first call',
        timeoutMs: 60_000,
        signal,
      });
      stage.journal.note('begin', 'run');
      say(`seed ${seed}, ${mode}: ${plan.acts.length} acts, onUnknown ${plan.onUnknown}`);
      const work = watchWork(stage);
      const states = new Map(stage.sandbox.agents.map(({ id, state }) => [id, state]));
      const disturbed = await carryOut(stage, profile, plan.acts, campaigns);
      await work.stop();
      stage.journal.note('end', 'run');
      say(`seed ${seed}: the acts are over, ${stage.sandbox.requests().length} requests`);
      const stuck = await drain(stage, profile);
      const slow = await stage.fleet.stop();
      const records = await readRecords(stage);
      const judge = createJudge(records, stage);
      const list =
        mode === 'agents' ? null : createListJudge(records, stage.sandbox.settings.current, stage.clock);
      const reports = await compareReports(stage, records, campaigns, { judge, list });
      const findings = {
        over: overTheLimit(records.arrivals, profile),
        again: calledAgain(records, plan.onUnknown),
        soon: calledTooSoon(records, {
          onUnknown: plan.onUnknown,
          retryDelayMs: profile.retryDelayMs,
        }),
        forbidden: calledAgainstCommands(records, disturbed.commands, leaseMs),
        lost: [
          ...found(stuck === null ? [] : [stuck]),
          ...lostOrStuck(records, campaigns, disturbed.commands),
        ],
        agents: [
          ...agentsStuck(records),
          ...wronglyOut(records, deviceStates(stage.sandbox, states, stage.journal.all)),
        ],
        owners: actedAfterTakeover(records),
        untrue: reports.findings,
        processes: found([...slow, ...endedByThemselves(stage)]),
      };
      const all = Object.values(findings).flat();
      const result: RoundResult = {
        seed,
        mode,
        disturbed,
        doings: countsOf(stage.journal.all.map(({ what }) => what)),
        ...countsOfRecords(records, campaigns),
        mostInWindow: mostInWindow(records.arrivals, profile),
        mostAlive: mostAlive(records.truth),
        use: useOfLimit(
          profile,
          records.arrivals,
          { disturbances: stage.journal.all, takeovers: records.takeovers, lives: stage.fleet.lives },
          work.samples,
        ),
        unknown: reports.unknown,
        unknownCalls: reports.unknownCalls,
        listed: reports.listed,
        foundBySearch: records.attempts.filter(({ searched, settled_by: by }) => searched && by === 'poll')
          .length,
        findings,
        timelines: await timelines(stage, records, all),
      };
      return { keep: all.length > 0, result };
    },
  );
}

function countsOfRecords(
  { attempts, truth, contacts, arrivals }: Records,
  campaigns: readonly ChaosCampaign[],
): Pick<RoundResult, 'contacts' | 'attempts' | 'calls' | 'states' | 'requests'> {
  return {
    contacts: campaigns.reduce((sum, { rows }) => sum + rows.length, 0),
    attempts: attempts.length,
    calls: truth.calls.length,
    states: countsOf(contacts.map(({ state }) => state)),
    requests: arrivals.length,
  };
}

function found(whats: readonly string[]): Finding[] {
  return whats.map((what) => ({ what, contactId: null }));
}

/** A process that was ready goes on by itself whatever its database does. */
function endedByThemselves({ fleet }: Stage): string[] {
  return fleet.lives
    .filter(
      ({ readyAt, endedAt, killedAt, askedToStopAt }) =>
        readyAt !== null && endedAt !== null && killedAt === null && askedToStopAt === null,
    )
    .map(({ name, pid, said }) => `${name} (${pid}) ended by itself: ${said.slice(-5).join(' | ')}`);
}

async function timelines(stage: Stage, records: Records, findings: readonly Finding[]): Promise<string[]> {
  const contacts = [...new Set(findings.map(({ contactId }) => contactId))].filter((id) => id !== null);
  return await Promise.all(
    contacts.slice(0, timelinesTold).map(async (id) => await timelineOf(stage, records, id)),
  );
}

function countsOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
