import { connectRateOf } from '../call-figures.ts';
import type { CallCounts } from '../call-figures.ts';
import { exactPercent, grouped, shortCount, twoDigits } from '../figures.ts';
import { markup, nothing } from './markup.ts';
import type { Markup } from './markup.ts';

export interface Part {
  label: string;
  count: number;
  /** names its colour in the style sheet */
  look: string;
}

/** How wide the narrowest part is drawn, in thousandths: one contact of a million is there, too. */
const narrowest = 4;

/** One bar of the parts of a whole. */
export function stackedBar(parts: readonly Part[], label: string): Markup {
  const total = parts.reduce((sum, part) => sum + part.count, 0);
  const shown = parts.filter((part) => part.count > 0);
  const widths = shown.map((part) => Math.max(narrowest, (part.count / total) * 1000));
  const scale = 1000 / widths.reduce((sum, width) => sum + width, 0);
  let left = 0;
  const rectangles = shown.map((part, index) => {
    const width = (widths[index] ?? 0) * scale;
    const drawn = markup`<rect class="${part.look}" x="${fixed(left)}" y="0" width="${fixed(width)}" height="28"><title>${part.label}: ${grouped(part.count)} (${exactPercent(part.count, total)})</title></rect>`;
    left += width;
    return drawn;
  });
  return markup`<svg class="stacked" viewBox="0 0 1000 28" preserveAspectRatio="none" role="img" aria-label="${label}"><rect class="empty" width="1000" height="28"/>${rectangles}</svg>`;
}

/** A bar within a line of a table; `share` from 0 to 1. */
export function shareBar(share: number): Markup {
  const width = share > 0 ? Math.max(share * 100, 0.5) : 0;
  return markup`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="empty" width="100" height="10"/><rect class="filled" width="${fixed(width)}" height="10"/></svg>`;
}

const column = { width: 44, gap: 20, height: 120, top: 22, bottom: 24 };

/** Columns side by side, each with its count above and its name below. */
export function columns(bars: readonly { name: string; count: number }[], label: string): Markup {
  const most = Math.max(1, ...bars.map((one) => one.count));
  const width = bars.length * (column.width + column.gap);
  const foot = column.top + column.height;
  const drawn = bars.map(({ name, count }, index) => {
    const x = index * (column.width + column.gap) + column.gap / 2;
    const height = count > 0 ? Math.max((count / most) * column.height, 1) : 0;
    const middle = x + column.width / 2;
    return markup`<rect class="filled" x="${x}" y="${fixed(foot - height)}" width="${column.width}" height="${fixed(height)}" rx="2"/><text class="value" x="${middle}" y="${fixed(foot - height - 6)}">${shortCount(count)}</text><text class="axis" x="${middle}" y="${foot + 17}">${name}</text>`;
  });
  return sized(
    width,
    foot + column.bottom,
    label,
    markup`<line class="ground" x1="0" x2="${width}" y1="${foot}" y2="${foot}"/>${drawn}`,
  );
}

const cell = { width: 36, height: 26, left: 40, top: 20 };

/** The calls of one hour of the day, in one line of a heat map. */
export interface HeatCell extends CallCounts {
  hour: number;
}

export interface HeatLine {
  name: string;
  cells: readonly HeatCell[];
}

/** So many ended calls make a rate that others are measured by: 1 of 1 is no better hour than 150 of 200. */
const enoughForScale = 20;

/**
 * Hours of the day by lines, from the first hour with calls to the last: darker (on a dark page: lighter) where there
 * are more calls, or where more of them connected. Under rates stand the calls that they are of.
 */
export function heatMap(lines: readonly HeatLine[], of: 'calls' | 'connect rate', label: string): Markup {
  const cells = lines.flatMap((line) => line.cells);
  const used = cells.map(({ hour }) => hour);
  const first = Math.min(...used, 23);
  const hours = Array.from({ length: Math.max(...used, first) - first + 1 }, (_, index) => first + index);
  const most = highest(cells, of);
  const left = (hour: number): number => cell.left + (hour - first) * cell.width;
  const axis = (hour: number, y: number, text: string): Markup =>
    markup`<text class="axis" x="${left(hour) + cell.width / 2 - 1}" y="${y}">${text}</text>`;
  const lineName = (name: string, y: number): Markup =>
    markup`<text class="axis day" x="${cell.left - 8}" y="${y + 17}">${name}</text>`;
  const drawn = lines.map((line, index) => {
    const y = cell.top + index * cell.height;
    const places = hours.map((hour) =>
      heatCell(
        line.cells.find((one) => one.hour === hour),
        { of, most, name: line.name, x: left(hour), y },
      ),
    );
    return markup`${lineName(line.name, y)}${places}`;
  });
  const foot = cell.top + lines.length * cell.height;
  const callsOf = (hour: number): number =>
    cells.filter((one) => one.hour === hour).reduce((sum, one) => sum + one.calls, 0);
  const below =
    of === 'calls'
      ? nothing
      : markup`${lineName('calls', foot)}${hours.map((hour) => axis(hour, foot + 17, shortCount(callsOf(hour))))}`;
  return sized(
    cell.left + hours.length * cell.width,
    foot + (of === 'calls' ? 0 : cell.height),
    label,
    markup`${hours.map((hour) => axis(hour, 13, twoDigits(hour)))}${drawn}${below}`,
  );
}

/** What the darkest shade stands for. */
function highest(cells: readonly HeatCell[], of: HeatPlace['of']): number {
  const telling = of === 'calls' ? [] : cells.filter(({ ended }) => ended >= enoughForScale);
  return Math.max(...(telling.length > 0 ? telling : cells).map((one) => valueOf(one, of)), 0);
}

interface HeatPlace {
  of: 'calls' | 'connect rate';
  most: number;
  name: string;
  x: number;
  y: number;
}

function heatCell(hour: HeatCell | undefined, { of, most, name, x, y }: HeatPlace): Markup {
  const size = markup`width="${cell.width - 2}" height="${cell.height - 2}" rx="3"`;
  if (hour === undefined) return markup`<rect class="empty" x="${x}" y="${y}" ${size}/>`;
  const { calls, ended, connected } = hour;
  const step = heatStep(valueOf(hour, of), most);
  const rate = ended === 0 ? '–' : String(Math.round(connectRateOf(hour) * 100));
  const text = of === 'calls' ? shortCount(calls) : rate;
  const from = twoDigits(hour.hour);
  const to = twoDigits(hour.hour + 1);
  return markup`<g><title>${name} ${from}:00 to ${to}:00: ${grouped(calls)} calls, ${grouped(connected)} of ${grouped(ended)} ended connected (${exactPercent(connected, ended)})</title><rect class="heat${step}" x="${x}" y="${y}" ${size}/><text class="on-heat${step}" x="${x + cell.width / 2 - 1}" y="${y + 16}">${text}</text></g>`;
}

function valueOf(counts: CallCounts, of: HeatPlace['of']): number {
  return of === 'calls' ? counts.calls : connectRateOf(counts);
}

/** One of six shades, the first for nothing. */
function heatStep(value: number, most: number): number {
  return value === 0 || most === 0 ? 0 : Math.min(5, Math.max(1, Math.ceil((value / most) * 5)));
}

/** A drawing as large as it says, on paper as wide as there is room. */
function sized(width: number, height: number, label: string, content: Markup): Markup {
  return markup`<div class="drawing"><svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${content}</svg></div>`;
}

function fixed(value: number): string {
  return String(Math.round(value * 100) / 100);
}
