import { expect, test } from 'vitest';
import { style } from './style.ts';

const [light = '', dark = ''] = [
  ...style.matchAll(/:root \{\s*(?:color-scheme[^;]*;)?([^}]*--heat1[^}]*)\}/g),
].map((match) => match[1] ?? '');

/** As WCAG 2 has it. */
function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((from) => {
    const part = Number.parseInt(color.slice(from, from + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test.each([
  ['light', light],
  ['dark', dark],
])('text can be read on its ground on a %s page', (_, theme) => {
  const color = (name: string): string => new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(theme)?.[1] ?? '';
  const pairs = [
    ['text', 'page'],
    ['text', 'card'],
    ['text', 'empty'],
    ['dim', 'page'],
    ['dim', 'card'],
    ['good', 'page'],
    ['accent', 'page'],
    ['warn', 'page'],
    ...[1, 2, 3, 4, 5].map((step) => [`on-heat${step}`, `heat${step}`]),
  ] as const;
  for (const [text = '', ground = ''] of pairs) {
    expect(contrast(color(text), color(ground)), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  }
});

test('loads nothing', () => {
  expect(style).not.toMatch(/@import|url\(|</);
});
