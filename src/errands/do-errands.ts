import { syncAgents } from '../agents/sync-agents.ts';
import { agentDevices } from '../agents/user-devices.ts';
import type { OwnerContext } from '../dialing/owner-context.ts';
import { persistently } from '../dialing/persistently.ts';
import { createWake } from '../dialing/wake.ts';
import { messageOf, UserError } from '../errors.ts';
import { errandPayloads } from './errand.ts';
import type { ErrandAnswers } from './errand.ts';
import { finishErrand, takeErrand } from './errand-store.ts';
import type { TakenErrand } from './errand-store.ts';

/** A person waits for each of these. */
const everyMs = 500;

/** Does what commands ask of the account's owner, one after the other, until the term ends. */
export async function doErrands(context: OwnerContext): Promise<void> {
  const { database, term, log } = context;
  const pause = createWake();
  while (!term.signal.aborted) {
    try {
      for (;;) {
        const errand = await takeErrand(database, term.accountId, term.epoch);
        if (errand === null) break;
        await finish(context, errand);
      }
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'errands could not be taken and are tried again');
    }
    await pause.sleep(everyMs, term.signal);
  }
}

/** One that the end of the term cut short stays taken: the next owner does it. */
async function finish(context: OwnerContext, errand: TakenErrand): Promise<void> {
  const { database, log } = context;
  try {
    const result = await doErrand(context, errand);
    if (result === null) return;
    await persistently(log, 'answer to an errand', () => finishErrand(database, errand.id, { result }));
  } catch (error) {
    if (!(error instanceof UserError)) {
      log.error({ errand: errand.kind, reason: messageOf(error) }, 'an errand failed');
    }
    const failure = { error: messageOf(error) };
    await persistently(log, 'failed errand', () => finishErrand(database, errand.id, failure));
  }
}

async function doErrand(
  context: OwnerContext,
  { kind, payload, actor }: TakenErrand,
): Promise<ErrandAnswers[keyof ErrandAnswers] | null> {
  switch (kind) {
    case 'sync_agents':
      return await syncAgents(context, errandPayloads.sync_agents.parse(payload), actor);
    case 'agent_devices':
      return await agentDevices(context, errandPayloads.agent_devices.parse(payload), actor);
    default:
      throw new UserError(
        `the process that owns the account is of an older version, which knows no ${kind}: restart it`,
      );
  }
}
