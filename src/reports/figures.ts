/** Seconds as a clock shows them: `1:05`, `2:03:09`. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = twoDigits(whole % 60);
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${twoDigits(minutes)}:${rest}`;
}

export function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** `2026-12-01T10:00:00.000+05:30` as `2026-12-01 10:00:00 +05:30`. */
export function readableTime(iso: string): string {
  return iso.replace(/^(\S+)T(\d\d:\d\d:\d\d)\.\d+(.*)$/, '$1 $2 $3');
}

/** The ends of a period in words: `from … to …`; null where it has none. */
export function periodText({ since, until }: { since: string | null; until: string | null }): string | null {
  if (since === null) return until === null ? null : `before ${readableTime(until)}`;
  return until === null
    ? `from ${readableTime(since)} on`
    : `from ${readableTime(since)} to ${readableTime(until)}`;
}

/** A share in percent to one decimal; 100 only when it is all of it, and 0 only when it is nothing. */
export function exactPercent(part: number, whole: number): string {
  if (part === 0 || whole === 0) return '0 %';
  if (part >= whole) return '100 %';
  const percent = Math.min(99.9, Math.max(0.1, (part / whole) * 100));
  return `${percent.toFixed(1).replace(/\.0$/, '')} %`;
}

/** A count with its thousands set apart by a narrow space, which no country reads as a decimal point. */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** A count in few characters, for a small place: `999`, `1.2k`, `15k`, `2.1M`. */
export function shortCount(count: number): string {
  for (const [unit, size] of [
    ['M', 1_000_000],
    ['k', 1000],
  ] as const) {
    const units = count / size;
    // 999 950 is a million when it is rounded, not a thousand thousands
    if (units >= (unit === 'M' ? 0.9995 : 1))
      return `${units < 9.95 ? units.toFixed(1).replace(/\.0$/, '') : Math.round(units)}${unit}`;
  }
  return String(count);
}
