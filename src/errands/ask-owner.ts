import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChosenAccount } from '../campaigns/choose-account.ts';
import { systemClock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Database } from '../db/pool.ts';
import type { FairShare } from '../dialing/fair-share.ts';
import { ownAccount } from '../dialing/own-account.ts';
import { createWake } from '../dialing/wake.ts';
import { UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { doErrands } from './do-errands.ts';
import { askErrand, errandStanding, longestErrandMs, removeErrand } from './errand-store.ts';
import type { ErrandAnswers, ErrandKind, ErrandPayload } from './errand.ts';

export interface Asking {
  database: Database;
  config: Config;
  log: Log;
  account: ChosenAccount;
  actor: string;
  /** how long to wait for the answer, in ms; three minutes by default */
  patienceMs?: number;
}

const lookEveryMs = 100;

/**
 * Has the account's owner do something at Exotel and waits for the answer. Where nobody owns the account, this process
 * does meanwhile, with a limiter that starts from the requests of the last minute: the limit holds either way.
 * @throws UserError when it failed, or nobody can do it
 */
export async function askOwner<Kind extends ErrandKind>(
  asking: Asking,
  kind: Kind,
  payload: ErrandPayload<Kind>,
): Promise<ErrandAnswers[Kind]> {
  const { database, account, actor } = asking;
  const id = await askErrand(database, { accountId: account.id, kind, payload, actor });
  const stopping = new AbortController();
  const owning = ownMeanwhile(asking, stopping.signal);
  try {
    return await answerTo<Kind>(asking, id);
  } finally {
    stopping.abort();
    await owning;
    await removeErrand(database, id);
  }
}

async function answerTo<Kind extends ErrandKind>(asking: Asking, id: number): Promise<ErrandAnswers[Kind]> {
  const { database, account, patienceMs = longestErrandMs } = asking;
  const until = systemClock.monotonic() + patienceMs;
  for (;;) {
    const standing = await errandStanding<Kind>(database, id);
    if (standing?.result) return standing.result;
    if (standing === null || standing.error !== null) {
      throw new UserError(standing?.error ?? 'the request was taken back meanwhile: run the command again');
    }
    if (!standing.owned && credentialsOf(asking) === undefined) {
      throw new UserError(
        `no worker serves account ${account.name}, and its credentials are not set here: run \`dialer start\`, or put ` +
          'EXOTEL_ACCOUNT_SID, EXOTEL_API_KEY and EXOTEL_API_TOKEN into the environment',
        { exitCode: 2 },
      );
    }
    if (systemClock.monotonic() > until) {
      throw new UserError(
        `the process that owns account ${account.name} did not answer in time: its log says what it waits for; run the command again`,
      );
    }
    await delay(lookEveryMs);
  }
}

function credentialsOf({ config, account }: Asking) {
  return config.accounts.find(({ name }) => name === account.name);
}

/** Takes the account whenever nobody has it, for errands alone. */
async function ownMeanwhile(asking: Asking, stop: AbortSignal): Promise<void> {
  const { database, config, log, account } = asking;
  const credentials = credentialsOf(asking);
  if (credentials === undefined) return;
  await ownAccount(
    {
      database,
      account: credentials,
      accountId: account.id,
      owner: `${hostname()}:${process.pid}:${randomUUID()}`,
      windowMs: config.timings.windowMs,
      leaseMs: config.timings.leaseMs,
      share: nobodyElse,
      callbackUrl: null,
      wake: createWake(),
      clock: systemClock,
      log,
      loops: (context) => [doErrands(context)],
    },
    stop,
  );
}

/** A command wants no share of the accounts; it takes one that is free and gives it back at once. */
const nobodyElse: FairShare = {
  mayTake: () => true,
  took: () => undefined,
  lost: () => undefined,
  stop: async () => undefined,
};
