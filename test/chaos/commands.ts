import { setTimeout as delay } from 'node:timers/promises';
import {
  cancelCampaign,
  pauseByPerson,
  resumeCampaign,
  startCampaign,
} from '../../src/campaigns/lifecycle.ts';
import { suppressNumbers } from '../../src/contacts/suppress-numbers.ts';
import { suppressionScope } from '../../src/contacts/suppression-scope.ts';
import { isConnectionError } from '../../src/db/connection-errors.ts';
import { UserError } from '../../src/errors.ts';
import { until } from '../load/until.ts';
import type { Stage } from './stage.ts';

/** Something that people forbade: nothing of its campaign or to its number is claimed from its return until its end. */
export interface Command {
  what: 'pause' | 'cancel' | 'suppression';
  /** null: every campaign of the account */
  campaign: string | null;
  /** null: every number */
  number: string | null;
  /** when the command had returned and when it was about to be taken back, by the wall clock (ms) and by the dialer's */
  from: Moment;
  to: Moment | null;
}

interface Moment {
  wall: number;
  dialer: Date;
}

const actor = 'chaos';
const databaseBackMs = 60_000;
const firstCallMs = 15_000;

/** What people do while the dialer is at work, through the functions that the commands use. */
export interface People {
  readonly commands: readonly Command[];
  pause(campaign: string, lastingMs: number): Promise<void>;
  /** Suppresses the number that is `nth` in line. */
  suppress(nth: number): Promise<void>;
  /** Starts a campaign that was kept for this, and cancels it so long after its first call. */
  startAndCancel(campaign: string, afterMs: number): Promise<void>;
}

export function createPeople(stage: Stage): People {
  const { database, journal, signal } = stage;
  const commands: Command[] = [];
  const paused = new Set<string>();

  return {
    commands,
    async pause(campaign, lastingMs) {
      if (paused.has(campaign)) return;
      paused.add(campaign);
      if (await given(async () => await pauseByPerson(database, campaign, actor))) {
        const command = begin({ what: 'pause', campaign, number: null, from: await now() });
        const end = journal.begin('campaign paused', 'people');
        await delay(lastingMs, undefined, { signal });
        command.to = await now();
        end();
        // refused where the campaign came to its end meanwhile
        await given(async () => await resumeCampaign(database, campaign, actor));
      }
      paused.delete(campaign);
    },
    async suppress(nth) {
      const [next] = await stage.ask<{ number: string }>(
        `select c.number from contacts c join campaigns k on k.id = c.campaign_id
         where c.state = 'pending' and k.status = 'running' order by c.due_at, c.id offset $1 limit 1`,
        [nth],
      );
      if (next === undefined) return;
      const grounds = { source: 'person', reason: null, expiresAt: null, actor };
      await given(async () => {
        const scope = await suppressionScope(database, { campaign: null, account: null });
        await suppressNumbers(database, scope, [next.number], grounds);
      });
      begin({ what: 'suppression', campaign: null, number: next.number, from: await now() });
      journal.note('number suppressed', 'people');
    },
    async startAndCancel(campaign, afterMs) {
      await given(async () => await startCampaign(database, campaign, actor));
      await callsOf(campaign);
      await delay(afterMs, undefined, { signal });
      if (!(await given(async () => await cancelCampaign(database, campaign, actor)))) return;
      begin({ what: 'cancel', campaign, number: null, from: await now() });
      journal.note('campaign canceled', 'people');
    },
  };

  /** Waits for a campaign's first call, but not for ever: a storm may go on. */
  async function callsOf(campaign: string): Promise<void> {
    const deadline = performance.now() + firstCallMs;
    await until(
      async () => {
        const [of] = await stage.ask<{ calls: number }>(
          `select count(*)::int as calls from attempts t join campaigns k on k.id = t.campaign_id where k.name = $1`,
          [campaign],
        );
        return of?.calls !== 0 || performance.now() > deadline;
      },
      { what: 'the first call of a campaign', timeoutMs: 2 * firstCallMs + databaseBackMs, signal },
    );
  }

  function begin(command: Omit<Command, 'to'>): Command {
    const begun: Command = { ...command, to: null };
    commands.push(begun);
    return begun;
  }

  async function now(): Promise<Moment> {
    const [row] = await stage.ask<{ now: Date }>('select dialer_now() as now');
    if (row === undefined) throw new Error('the database does not tell the time');
    return { wall: Date.now(), dialer: row.now };
  }

  /** Gives a command, again while the database is away. False when the dialer says that there is nothing to do. */
  async function given(command: () => Promise<void>): Promise<boolean> {
    const answer = await until(
      async () => {
        try {
          await command();
          return 'done';
        } catch (error) {
          if (error instanceof UserError) return 'refused';
          if (isConnectionError(error)) return null;
          throw error;
        }
      },
      { what: 'the answer to a command', timeoutMs: databaseBackMs, signal },
    );
    return answer === 'done';
  }
}
