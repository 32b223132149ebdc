import type { CallCounts, CallFigures } from './call-figures.ts';

type HourOfCall = CallFigures['byCallNumber'][number];

export interface CallLine {
  /** `1st`, `2nd`, … and in the last line all that come after, such as `6th+` */
  name: string;
  cells: HourOfCall[];
}

/** Hours of the day in lines by which call of its contact a call was; those past the last line are counted in it. */
export function linesByCall(hours: readonly HourOfCall[], mostLines = 6): CallLine[] {
  const highest = hours.reduce((most, one) => Math.max(most, one.call), 0);
  return Array.from({ length: Math.min(highest, mostLines) }, (_, index) => {
    const call = index + 1;
    const more = call === mostLines && highest > mostLines;
    const ofLine = hours.filter((one) => one.call === call || (more && one.call > call));
    return { name: ordinal(call) + (more ? '+' : ''), cells: sumByHour(ofLine, call) };
  });
}

function sumByHour(hours: readonly HourOfCall[], call: number): HourOfCall[] {
  const sums = new Map<number, HourOfCall>();
  for (const { hour, ...counts } of hours) {
    const sum = sums.get(hour) ?? noCalls;
    sums.set(hour, { call, hour, ...addCounts(sum, counts) });
  }
  return [...sums.values()];
}

export const noCalls: CallCounts = { calls: 0, ended: 0, connected: 0 };

export function addCounts(one: CallCounts, other: CallCounts): CallCounts {
  return {
    calls: one.calls + other.calls,
    ended: one.ended + other.ended,
    connected: one.connected + other.connected,
  };
}

function ordinal(count: number): string {
  return `${count}${['st', 'nd', 'rd'][count - 1] ?? 'th'}`;
}
