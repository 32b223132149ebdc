import type { AgentEffect } from '../dialing/outcomes.ts';

/** How an agent stands. Derived from the agent's row and its live attempt, by one instant. */
export type AgentHealth = 'available' | 'on_call' | 'wrap_up' | 'cooling_down' | 'paused' | 'disabled';

const second = 1000;
const minute = 60 * second;

/** Calls in a row that an agent may miss before being left out for a time. */
export const missedBeforePause = 3;

/** How long an agent who keeps missing calls is left out, in ms. It always ends. */
export const missedPauseMs = 10 * minute;

/** How long a device that our last reading of the users list found unusable is believed, in ms. */
export const deviceBelievedMs = 75 * second;

/**
 * How long an agent is left out after a refusal, in ms: seconds for a busy device, which frees itself, a minute for
 * one that is off, each doubling while nothing changes.
 * @param streak refusals before this one since the agent was last seen well
 */
export function coolingMs(
  effect: Extract<AgentEffect, 'cool_busy' | 'cool_unavailable'>,
  streak: number,
): number {
  const [first, longest] = effect === 'cool_busy' ? [5 * second, 2 * minute] : [1 * minute, 10 * minute];
  return Math.min(first * 2 ** Math.min(streak, 20), longest);
}
