import { Worker } from 'node:worker_threads';

/** Most of the young generation is room that is only left free; what a job needs of it is a few MB. */
const youngGenerationMb = 16;

export interface ThreadOptions {
  /** When it aborts, the thread is told, and ends by itself. */
  signal?: AbortSignal;
}

/**
 * Runs a file in a thread of its own and waits for its end: what computes for long would hold up the dialling of this
 * process. The thread opens connections of its own, and has no limit of memory. It dies with the process.
 * @throws whatever the file throws
 */
export async function runInThread(file: URL, order: unknown, { signal }: ThreadOptions = {}): Promise<void> {
  signal?.throwIfAborted();
  const worker = new Worker(file, {
    workerData: order,
    resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
  });
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  const stop = (): void => worker.postMessage('stop');
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on('error', reject);
      worker.on('exit', (code) => {
        if (code === 0) resolve();
        else reject(new Error(`the thread of ${file.pathname} ended with code ${code}`));
      });
    });
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
