import { fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a contestant is told. */
export interface Order {
  /** the address of its database */
  url: string;
  campaignId: number;
  /** of an import that is open, where the contestant does not open its own */
  importId: number;
  /** that it reads or writes */
  file: string;
}

/** What a contestant sends back: its own figures, and what it took of memory at the most. */
export interface Measured<Result> {
  result: Result;
  peakBytes: number;
}

/**
 * Runs a contestant in a process of its own, so that its memory is its own.
 * @param file the name of its file in this folder
 */
export async function runContestant<Result>(file: string, order: Order): Promise<Measured<Result>> {
  const child = fork(new URL(file, import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // from the second run on nothing is compiled: what reading TypeScript takes is no part of the product
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'dialer-bench-compiled') },
  });
  child.send(order);
  return await new Promise((resolve, reject) => {
    let measured: Measured<Result> | null = null;
    child.on('message', (message: Measured<Result>) => {
      measured = message;
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (measured !== null && code === 0) resolve(measured);
      else reject(new Error(`${file} ended with ${signal ?? code}`));
    });
  });
}

/** To be called once by a contestant's file: takes the order, runs, and answers. */
export function contest<Result>(run: (order: Order) => Promise<Result>): void {
  process.once('message', (order: Order) => {
    void run(order)
      .then((result) => answer({ result, peakBytes: process.resourceUsage().maxRSS * 1024 }))
      .catch((error: unknown) => {
        process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
        process.exit(1);
      });
  });
}

async function answer(measured: Measured<unknown>): Promise<void> {
  await new Promise((resolve) => process.send?.(measured, resolve));
  process.disconnect();
}
