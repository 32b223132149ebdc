import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { readPassword, tryHold } from './hold.ts';
import type { Hold } from './hold.ts';
import type { Placement } from './placement.ts';
import { findPostmaster } from './postmaster.ts';
import { serverLogOf } from './server-log.ts';
import { startServer } from './start-server.ts';
import type { StartedServer } from './start-server.ts';

/** How long nothing at all may move. A server that replays its log or writes its last checkpoint does move. */
const patience = 30_000;
const maxFailedStarts = 3;
const maxRefusals = 5;

/** What a server says that lost the race for the cluster or a port, or came while an old one's processes die. */
const lostRace =
  /lock file "[^"]+" (already exists|is empty)|is still in use|could not create any TCP\/IP sockets|could not bind/;

/**
 * Joins the users of the cluster's server, and starts it when it does not run. Any number of processes may do this
 * at once: PostgreSQL's own pid file lets one server live, and a process whose server lost the race joins the winner.
 * @throws UserError with the end of the server's log when it does not start
 */
export async function joinServer(placement: Placement, log: Log): Promise<Hold> {
  const password = await readPassword(placement.home);
  const starter = createStarter(placement);
  let refusals = 0;
  let deadline = performance.now() + patience;
  let told = performance.now() + 5_000;
  for (;;) {
    const postmaster = await findPostmaster(placement.home);
    if (postmaster === null) await starter.ensureStarted();
    else {
      const attempt = await tryHold(postmaster.port, password);
      if (attempt.kind === 'held') {
        await starter.settle(postmaster.pid, attempt.hold.lost);
        return attempt.hold;
      }
      if (attempt.kind === 'password refused') refusals += 1;
      if (postmaster.state !== 'ready') deadline = performance.now() + patience;
    }
    if (refusals >= maxRefusals) throw passwordRefused(placement.home);
    if (performance.now() > deadline) throw startFailure(placement.home, starter.lastWords());
    if (performance.now() > told) {
      told = performance.now() + 10_000;
      log.info({ state: postmaster?.state ?? 'starting' }, 'waiting for the embedded database');
    }
    await delay(10 + Math.random() * 20);
  }
}

/** Keeps at most one server of this process starting, and counts those that failed for good. */
function createStarter(placement: Placement) {
  let server: StartedServer | null = null;
  let starting = false;
  let failures = 0;
  let words = '';

  function noteEnd(said: string): void {
    starting = false;
    words = said;
    if (!lostRace.test(said)) failures += 1;
  }

  return {
    lastWords: () => words,
    async ensureStarted(): Promise<void> {
      if (starting) return;
      if (failures >= maxFailedStarts) throw startFailure(placement.home, words);
      starting = true;
      server = await startServer(placement);
      void server.ended.then(noteEnd);
    },
    /**
     * Waits for the end of a server of this process that lost to the one that is held now. Left alone, a slow one
     * could come to look at the cluster only after the held one has stopped, and then run on with no user.
     */
    async settle(winner: number, winnerLost: Promise<void>): Promise<void> {
      if (starting && server !== null && server.pid !== winner)
        await Promise.race([server.ended, winnerLost]);
    },
  };
}

function startFailure(home: string, said: string): UserError {
  const lastLines = said.trim().split('\n').slice(-8).join('\n');
  return new UserError(
    `the embedded database in ${home} does not start. The end of ${serverLogOf(home)}:\n${lastLines}\n` +
      'Mend what it names (free disk, mode or owner of the folder), or set DATABASE_URL to a PostgreSQL server',
  );
}

function passwordRefused(home: string): UserError {
  return new UserError(
    `the embedded database in ${home} refuses the password in ${home}/password: put the file of this database back`,
  );
}
