import type { CallCounts } from '../call-figures.ts';
import { exactPercent, grouped, shortCount, twoDigits } from '../figures.ts';
import { markup } from './markup.ts';
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

/** Hours of the day by lines: darker (on a dark page: lighter) where there are more calls, or where more of them connected. */
export function heatMap(lines: readonly HeatLine[], of: 'calls' | 'connect rate', label: string): Markup {
  const most = Math.max(...lines.flatMap((line) => line.cells.map((one) => valueOf(one, of))), 0);
  const hourNames = Array.from(
    { length: 24 },
    (_, hour) =>
      markup`<text class="axis" x="${cell.left + (hour + 0.5) * cell.width}" y="13">${twoDigits(hour)}</text>`,
  );
  const drawn = lines.map(({ name, cells }, index) => {
    const y = cell.top + index * cell.height;
    const hours = Array.from({ length: 24 }, (_, hour) =>
      heatCell(
        cells.find((one) => one.hour === hour),
        { of, most, name, x: cell.left + hour * cell.width, y },
      ),
    );
    return markup`<text class="axis day" x="${cell.left - 8}" y="${y + 17}">${name}</text>${hours}`;
  });
  return sized(
    cell.left + 24 * cell.width,
    cell.top + lines.length * cell.height,
    label,
    markup`${hourNames}${drawn}`,
  );
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
  const { calls, connected } = hour;
  const step = heatStep(valueOf(hour, of), most);
  const text = of === 'calls' ? shortCount(calls) : String(Math.round((connected / calls) * 100));
  const from = twoDigits(hour.hour);
  const to = twoDigits(hour.hour + 1);
  return markup`<g><title>${name} ${from}:00 to ${to}:00: ${grouped(calls)} calls, ${grouped(connected)} connected (${exactPercent(connected, calls)})</title><rect class="heat${step}" x="${x}" y="${y}" ${size}/><text class="on-heat${step}" x="${x + cell.width / 2 - 1}" y="${y + 16}">${text}</text></g>`;
}

function valueOf({ calls, connected }: CallCounts, of: HeatPlace['of']): number {
  return of === 'calls' ? calls : connected / calls;
}

/** One of six shades, the first for nothing. */
function heatStep(value: number, most: number): number {
  return value === 0 ? 0 : Math.max(1, Math.ceil((value / most) * 5));
}

/** A drawing as large as it says, on paper as wide as there is room. */
function sized(width: number, height: number, label: string, content: Markup): Markup {
  return markup`<div class="drawing"><svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${content}</svg></div>`;
}

function fixed(value: number): string {
  return String(Math.round(value * 100) / 100);
}
