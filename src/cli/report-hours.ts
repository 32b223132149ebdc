import { addCounts, linesByCall, noCalls } from '../reports/by-call.ts';
import { connectRateOf } from '../reports/call-figures.ts';
import type { CallCounts, CallFigures } from '../reports/call-figures.ts';
import { shortCount, twoDigits } from '../reports/figures.ts';
import type { Paint } from './bars.ts';

const nameWidth = 7;
const cellWidth = 5;

/**
 * The connect rate in percent by the hour of the day and by which call of its contact a call was. Only hours with calls
 * are shown, some of them together where the terminal is too narrow.
 * @returns lines of at most `columns` characters; none where there are no calls
 */
export function renderHours(
  byCallNumber: CallFigures['byCallNumber'],
  columns: number,
  paint: Paint,
): string[] {
  const hours = byCallNumber.map((one) => one.hour);
  if (hours.length === 0) return [];
  const [first, last] = [Math.min(...hours), Math.max(...hours)];
  const room = Math.max(1, Math.floor((columns - nameWidth) / cellWidth));
  const together = Math.ceil((last - first + 1) / room);
  const starts = Array.from(
    { length: Math.ceil((last - first + 1) / together) },
    (_, index) => first + index * together,
  );
  const cellsOf = (cells: CallFigures['byCallNumber']): CallCounts[] =>
    starts.map((start) => sum(cells.filter(({ hour }) => hour >= start && hour < start + together)));
  const lines = linesByCall(byCallNumber).map(({ name, cells }) => ({ name, cells: cellsOf(cells) }));
  const best = Math.max(...lines.flatMap(({ cells }) => cells.map(connectRateOf)));
  return [
    paint('dim', row('hour', starts.map(twoDigits))),
    ...lines.map(({ name, cells }) =>
      row(
        name,
        cells.map(percentOf),
        cells.map((one) => shade(one, best, paint)),
      ),
    ),
    paint(
      'dim',
      row(
        'calls',
        cellsOf(byCallNumber).map(({ calls }) => shortCount(calls)),
      ),
    ),
  ];
}

function row(
  name: string,
  cells: readonly string[],
  paints: readonly ((text: string) => string)[] = [],
): string {
  return (
    name.padEnd(nameWidth) +
    cells.map((cell, index) => (paints[index] ?? asItIs)(cell.padStart(cellWidth))).join('')
  );
}

function asItIs(text: string): string {
  return text;
}

function percentOf(counts: CallCounts): string {
  return counts.ended === 0 ? '·' : String(Math.round(connectRateOf(counts) * 100));
}

/** The best hours stand out, those without a call stand back. */
function shade(counts: CallCounts, best: number, paint: Paint): (text: string) => string {
  const rate = connectRateOf(counts);
  if (counts.ended === 0) return (text) => paint('dim', text);
  if (rate > 0 && rate >= best * 0.8) return (text) => paint(['green', 'bold'], text);
  if (rate >= best * 0.5) return (text) => paint('cyan', text);
  return asItIs;
}

function sum(counts: readonly CallCounts[]): CallCounts {
  return counts.reduce(addCounts, noCalls);
}
