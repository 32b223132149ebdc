import type { Truth } from '../../src/sandbox/truth.ts';

const busy = 10706;
const away = new Set([1012, 10703]);

/** Requests to place a call that Exotel turned down because of the agent's device, by what was the matter with it. */
export function refusedForAvailability({ placings }: Truth): { busy: number; away: number } {
  const codes = placings.map(({ code }) => code ?? 0);
  return {
    busy: codes.filter((code) => code === busy).length,
    away: codes.filter((code) => away.has(code)).length,
  };
}
