import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { AccountConfig } from '../../src/config.ts';
import type { Rig } from '../support/rig.ts';
import type { DialerOrder, Trap } from './dialer-messages.ts';

const script = fileURLToPath(new URL('dialer-process.ts', import.meta.url));

/** A dialer in a process of its own, which a test may kill, stop and continue. */
export interface DialerProcess {
  readonly pid: number;
  /** settles when the process has come to its trap */
  readonly trapped: Promise<void>;
  readonly gone: Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Lets a process go on that its trap holds. */
  letGo(): void;
}

export interface DialerOptions {
  trap?: Trap;
  /** instead of the rig's: by way of a relay */
  databaseUrl?: string;
  ccmUrl?: string;
}

/** Starts a worker process on the rig's database and returns once it dials; it is gone when the test is over. */
export async function startDialerProcess(rig: Rig, options: DialerOptions = {}): Promise<DialerProcess> {
  const { trap = null, databaseUrl = rig.database.url, ccmUrl } = options;
  const order: DialerOrder = {
    databaseUrl,
    trap,
    config: {
      ...rig.config,
      accounts: rig.config.accounts.map((one) => ({ ...one, ...(ccmUrl !== undefined && { ccmUrl }) })),
    },
  };
  const child = fork(script, {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  const heard = (word: string): Promise<void> =>
    new Promise((resolve, reject) => {
      child.on('message', (message) => {
        if (message === word) resolve();
      });
      void gone.then(() => reject(new Error(`the dialer ended before it said ${word}`)));
    });
  const [started, trapped] = [heard('started'), heard('trapped')];
  trapped.catch(() => undefined);
  child.send(order);
  await started;
  return {
    pid: child.pid ?? 0,
    trapped,
    gone,
    signal: (signal) => void child.kill(signal),
    letGo: () => void child.send('go'),
  };
}

/** Has callbacks taken by this process, and every worker of the rig told so. */
export async function takeCallbacks(rig: Rig): Promise<void> {
  const { url } = await rig.start(['server']);
  rig.config.publicUrl = url;
}

/** The rig's only account. */
export function account(rig: Rig): AccountConfig {
  const [only] = rig.config.accounts;
  if (only === undefined) throw new Error('the rig has an account');
  return only;
}
