import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Puts a colour on a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Colours for a stream: none where it is no terminal, or where NO_COLOR or its like asks for none. */
export function paintFor(stream: NodeJS.WritableStream): Paint {
  return (style, text) => styleText(style, text, { stream });
}

export interface BarPart {
  glyph: string;
  color: Style;
  count: number;
}

/**
 * A bar of parts, `width` characters in all. A part that holds anything has at least one character, as far as there
 * is room: a single live call among a million contacts is seen.
 */
export function stackedBar(parts: readonly BarPart[], width: number, paint: Paint): string {
  const lengths = shareOut(
    parts.map((part) => part.count),
    width,
  );
  return parts.map(({ glyph, color }, index) => paint(color, glyph.repeat(lengths[index] ?? 0))).join('');
}

/**
 * Shares `width` out among counts in proportion, whole and all of it; those that are not nothing get at least one each
 * as long as there is room for all of them.
 */
export function shareOut(counts: readonly number[], width: number): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return counts.map(() => 0);
  const exact = counts.map((count) => (count / total) * width);
  const lengths = exact.map((length, index) => (counts[index] === 0 ? 0 : Math.max(1, Math.floor(length))));
  let left = width - lengths.reduce((sum, length) => sum + length, 0);
  // What rounding down left over goes to those who lost most by it.
  for (; left > 0; left -= 1) add(lengths, 1, (index) => (exact[index] ?? 0) - (lengths[index] ?? 0));
  // What the ones cost too much is taken from the longest.
  for (; left < 0; left += 1) add(lengths, -1, (index) => lengths[index] ?? 0);
  return lengths;
}

function add(lengths: number[], amount: 1 | -1, measure: (index: number) => number): void {
  const chosen = lengths.reduce((best, _, index) => (measure(index) > measure(best) ? index : best), 0);
  lengths[chosen] = (lengths[chosen] ?? 0) + amount;
}

/** A bar that is full at 1. */
export function bar(share: number, width: number, paint: Paint): string {
  const filled = Math.max(share > 0 ? 1 : 0, Math.min(width, Math.round(share * width)));
  return paint('cyan', '█'.repeat(filled)) + paint('dim', '░'.repeat(width - filled));
}

/** Items in a row. `wrapWords` breaks between them and not in them. */
export function joinItems(items: readonly string[]): string {
  return items.map((item) => item.replaceAll(' ', noBreak)).join(' · ');
}

const noBreak = '\u00a0';

/** Lines of whole words, none longer than `width` unless a single word is. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines.splice(-1, 1, `${line} ${word}`);
  }
  return lines.map((line) => line.replaceAll(noBreak, ' '));
}
