const units = ['kB', 'MB', 'GB', 'TB'];

/** A size for people: `999 B`, `1.2 kB`, `15 MB`. */
export function bytesText(bytes: number): string {
  let [value, unit] = [bytes, 'B'];
  for (const next of units) {
    // 999.5 kB is rounded to a thousand of them, so it is told as a megabyte
    if (value < 999.5) break;
    [value, unit] = [value / 1000, next];
  }
  return `${value < 9.95 && unit !== 'B' ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)} ${unit}`;
}
