/** Lets a loop sleep until something happens or a time is over. A wake that comes while nobody sleeps is kept. */
export interface Wake {
  now(): void;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export function createWake(): Wake {
  let woken = false;
  let rouse: (() => void) | null = null;
  return {
    now() {
      woken = true;
      rouse?.();
    },
    async sleep(ms, signal) {
      if (!woken && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          rouse = () => {
            clearTimeout(timer);
            resolve();
          };
          signal.addEventListener('abort', rouse, { once: true });
        });
        if (rouse !== null) signal.removeEventListener('abort', rouse);
        rouse = null;
      }
      woken = false;
    },
  };
}
