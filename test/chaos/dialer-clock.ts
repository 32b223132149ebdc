/** The dialer's day, which the run moves on where nothing but waiting is left. It only ever goes forward. */
export interface DialerClock {
  moveBy(ms: number): Promise<void>;
  /** The moment of the wall clock, in ms, at which the dialer's clock showed `instant`. */
  wallOf(instant: Date): number;
  /** ms since it was last moved */
  sinceMoved(): number;
}

export function createDialerClock(
  ask: (sql: string, parameters: readonly unknown[]) => Promise<unknown>,
): DialerClock {
  const moves = [{ at: -Infinity, shift: 0 }];
  return {
    async moveBy(ms) {
      const shift = (moves.at(-1)?.shift ?? 0) + Math.round(ms);
      await ask(`update clock set shift = $1 * interval '1 ms'`, [shift]);
      moves.push({ at: Date.now(), shift });
    },
    wallOf(instant) {
      // an instant that a move jumped over belongs to the moment of the move
      const fitting = moves.findLast(({ at, shift }) => instant.getTime() - shift >= at) ?? moves[0];
      const next = moves[moves.indexOf(fitting ?? { at: 0, shift: 0 }) + 1];
      return Math.min(instant.getTime() - (fitting?.shift ?? 0), next?.at ?? Infinity);
    },
    sinceMoved: () => Date.now() - (moves.at(-1)?.at ?? 0),
  };
}
