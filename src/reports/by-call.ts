import type { CallFigures } from './call-figures.ts';

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
  for (const { hour, calls, connected } of hours) {
    const sum = sums.get(hour) ?? { call, hour, calls: 0, connected: 0 };
    sums.set(hour, { call, hour, calls: sum.calls + calls, connected: sum.connected + connected });
  }
  return [...sums.values()];
}

function ordinal(count: number): string {
  return `${count}${['st', 'nd', 'rd'][count - 1] ?? 'th'}`;
}
