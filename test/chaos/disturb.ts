import { setTimeout as delay } from 'node:timers/promises';
import { keptForLooks } from '../../src/dialing/own-account.ts';
import type { AgentState } from '../../src/sandbox/scenario.ts';
import { until } from '../load/until.ts';
import type { ConnectionFault } from '../support/fault-proxy.ts';
import { commitRefusals, refuseCommits } from '../support/refuse-commits.ts';
import type { ChaosCampaign } from './campaigns.ts';
import { createPeople } from './commands.ts';
import type { Command } from './commands.ts';
import type { Act, DatabaseFault, PlannedAct, Whom } from './plan.ts';
import type { Profile } from './profile.ts';
import type { Stage } from './stage.ts';

/** What the acts came to. */
export interface Disturbed {
  /** what people forbade meanwhile */
  commands: readonly Command[];
  /** kill -9 of a process while the window was full, and while it was not */
  killsAtFullWindow: number;
  otherKills: number;
}

/** A window with fewer places left than this, beside those that calls leave to looks, counts as full. */
const placesLeft = 2;

/** Carries out a plan, one act after another; what lasts goes on while later acts begin. */
export async function carryOut(
  stage: Stage,
  profile: Profile,
  acts: readonly PlannedAct[],
  [first, second, kept]: readonly ChaosCampaign[],
): Promise<Disturbed> {
  const { signal } = stage;
  const people = createPeople(stage);
  const disturbed: Disturbed = { killsAtFullWindow: 0, otherKills: 0, commands: people.commands };
  const lasting = new Set<Promise<void>>();
  const latest = new Map<string, number>();
  let longFaultUntil = -Infinity;
  let began = performance.now();

  for (const { afterMs, act } of acts) {
    await delay(Math.max(0, began + afterMs - performance.now()), undefined, { signal });
    began = performance.now();
    const acting: Promise<void> = perform(act).finally(() => lasting.delete(acting));
    // a kill that waits for a full window holds up what comes after it; what merely lasts does not
    if (act.kind === 'kill') await acting;
    else lasting.add(acting);
  }
  await Promise.all(lasting);
  return disturbed;

  async function perform(act: Act): Promise<void> {
    switch (act.kind) {
      case 'kill':
        if (act.full) await windowIsFull();
        kill(await nameOf(act.whom), act.restartAfterMs);
        return;
      case 'freeze': {
        const name = await nameOf(act.whom);
        const thaw = stage.fleet.freeze(name);
        await passed(act.lastingMs);
        if (act.thenKill) kill(name, 0);
        thaw();
        return;
      }
      case 'restart':
        stage.fleet.restart(await nameOf(act.whom));
        return;
      case 'connections':
        await disturbConnections(act);
        return;
      case 'database_kill':
        await stage.killDatabase();
        return;
      case 'storm': {
        const end = stage.journal.begin(`429s, Retry-After: ${act.retryAfter}`, 'provider');
        stage.sandbox.control({ storm: `${act.lastingMs}ms`, limit: { retryAfter: act.retryAfter } });
        await passed(act.lastingMs);
        end();
        return;
      }
      case 'device': {
        const agent = stage.sandbox.agents[act.agent];
        if (agent === undefined) return;
        stage.sandbox.control({ agentStates: { [agent.id]: act.state } });
        stage.journal.note(deviceIs(act.state), agent.id);
        return;
      }
      case 'pause': {
        const campaign = act.campaign === 0 ? first : second;
        if (campaign !== undefined) await people.pause(campaign.name, act.lastingMs);
        return;
      }
      case 'suppress':
        await people.suppress(act.nth);
        return;
      case 'cancel':
        if (kept !== undefined) await people.startAndCancel(kept.name, act.afterMs);
    }
  }

  async function disturbConnections(act: Extract<Act, { kind: 'connections' }>): Promise<void> {
    // a shorter one would end it
    if (performance.now() < longFaultUntil) return;
    if (act.lastingMs === profile.longFaultMs) longFaultUntil = performance.now() + act.lastingMs;
    const names = act.whom === 'all' ? stage.fleet.names : [await nameOf(act.whom)];
    await Promise.all(
      names.map(async (name) => {
        const proxy = stage.proxies.get(name);
        if (proxy === undefined) return;
        if (act.fault === 'cut') {
          stage.journal.note('database connections cut', name);
          proxy.cut();
          return;
        }
        const end = stage.journal.begin(`database connections: ${act.fault}`, name);
        const turn = (latest.get(name) ?? 0) + 1;
        latest.set(name, turn);
        await proxy.disturb(asConnectionFault(act.fault));
        await passed(act.lastingMs);
        // a later fault of the same connections has taken the place of this one
        if (latest.get(name) === turn) await proxy.pass();
        end();
      }),
    );
  }

  function kill(name: string, restartAfterMs: number): void {
    if (stage.fleet.current(name) === null) return;
    if (isWindowFull()) disturbed.killsAtFullWindow += 1;
    else disturbed.otherKills += 1;
    stage.fleet.kill(name, restartAfterMs);
  }

  /** A process that is up: where nobody owns the account or the named one is away, the next in line. */
  async function nameOf(whom: Whom): Promise<string> {
    const name = whom === 'owner' ? ((await stage.owner()) ?? 'worker-1') : whom;
    const { names } = stage.fleet;
    const from = names.indexOf(name);
    const order = [...names.slice(from), ...names.slice(0, from)];
    return order.find((one) => stage.fleet.current(one) !== null) ?? name;
  }

  function isWindowFull(): boolean {
    const since = performance.now() - profile.windowMs;
    const sent = stage.sandbox.requests().filter(({ monotonicMs }) => monotonicMs > since).length;
    return sent > profile.limit - Math.ceil(profile.limit * keptForLooks) - placesLeft;
  }

  /** Waits for a full window, but not for ever: where none comes, the kill meets what there is. */
  async function windowIsFull(): Promise<void> {
    const deadline = performance.now() + 2 * profile.windowMs;
    await until(() => isWindowFull() || performance.now() > deadline, {
      what: 'a full window',
      timeoutMs: 3 * profile.windowMs,
      signal,
      intervalMs: 20,
    });
  }

  async function passed(ms: number): Promise<void> {
    await delay(ms, undefined, { signal });
  }
}

/** How the journal tells of an agent's device. */
export function deviceIs(state: AgentState): string {
  return `device ${state}`;
}

function asConnectionFault(fault: Exclude<DatabaseFault, 'cut'>): ConnectionFault {
  switch (fault) {
    case 'refuse':
    case 'stall':
    case 'slow':
      return fault;
    case 'disk_full':
    case 'serialization':
    case 'deadlock':
      return { rewrite: refuseCommits(commitRefusals[fault]) };
  }
}
