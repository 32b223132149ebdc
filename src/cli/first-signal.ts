const signals = [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const;

/**
 * A Ctrl-C under `npm run` comes twice: from the terminal, and passed on by npm. Taken for a second one it would end
 * the process at once and leave the embedded database running (as it did).
 */
const sameSignalMs = 1000;

/** Ends things in order on the first signal, and at once on the second. */
export interface Stopping {
  /** Aborted by the first signal. */
  signal: AbortSignal;
  /** The exit code that the first signal asks for, or 0 when none came. */
  exitCode(): number;
}

/**
 * Listens to the signals that end a command. Call it before anything is started, so that a signal at any point finds
 * somebody to end what is there.
 */
export function stopOnSignal(): Stopping {
  const controller = new AbortController();
  let code = 0;
  let firstAt = 0;
  for (const [name, number] of signals) {
    process.on(name, () => {
      if (controller.signal.aborted) {
        if (performance.now() - firstAt > sameSignalMs) process.exit(128 + number);
        return;
      }
      firstAt = performance.now();
      code = 128 + number;
      controller.abort();
    });
  }
  return { signal: controller.signal, exitCode: () => code };
}
