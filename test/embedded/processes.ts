import { execFileSync, fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { onTestFinished } from 'vitest';
import { waitFor } from '../support/wait.ts';
import type { Answer, Request } from './user-process-messages.ts';

const script = fileURLToPath(new URL('user-process.ts', import.meta.url));

/** A folder for one test, open to the server's user; whatever runs in it is ended and it is removed afterwards. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dialer-embedded-')));
  execFileSync('chmod', ['755', folder]);
  onTestFinished(async () => {
    for (const pid of serversIn(folder)) process.kill(pid, 'SIGKILL');
    await waitFor(() => serversIn(folder).length === 0);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return folder;
}

/** The process ids of PostgreSQL servers (not of their children) whose cluster lies in the folder. */
export function serversIn(folder: string): number[] {
  const listing = execFileSync('ps', ['-ww', '-A', '-o', 'pid=,args='], { encoding: 'utf8' });
  return listing
    .split('\n')
    .filter((line) => line.includes(`postgres -D ${folder}/`))
    .map((line) => Number.parseInt(line, 10));
}

/** Runs one statement and returns the first column of its rows. */
export async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows.map((row) => row[0]);
  } finally {
    await client.end();
  }
}

export interface UserProcess {
  readonly child: ChildProcess;
  /** @throws Error with the message of the failure in the process */
  ask(request: Request): Promise<string>;
  kill(): Promise<void>;
}

/** Starts a process that uses embedded databases on request; it is gone when the test is over. */
export function startUserProcess({ entry = script }: { entry?: string } = {}): UserProcess {
  const child = fork(entry, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], cwd: '/', detached: true });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  onTestFinished(kill);
  return {
    child,
    kill,
    ask: (request) =>
      new Promise((resolve, reject) => {
        child.once('message', (answer: Answer) => {
          if (answer.ok) resolve(answer.value);
          else reject(new Error(answer.value));
        });
        void gone.then(() => reject(new Error('the process ended before it answered')));
        // A failure to send is told by the process's end.
        child.send(request, () => undefined);
      }),
  };
}
