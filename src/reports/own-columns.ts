/** The columns of the lists of a campaign, side by side, and where each list's cells go among them. */
export interface OwnColumns {
  names: string[];
  /** For each header given: the position among `names` of each of its columns. */
  positions: number[][];
}

/**
 * The union of headers, the first list's first. A name that one header holds twice stays two columns, and the second
 * of another list joins the second.
 */
export function uniteHeaders(headers: readonly (readonly string[])[]): OwnColumns {
  const names: string[] = [];
  const known = new Map<string, number[]>();
  const positions = headers.map((header) => {
    const taken = new Map<string, number>();
    return header.map((name) => {
      const occurrence = taken.get(name) ?? 0;
      taken.set(name, occurrence + 1);
      const columns = known.get(name) ?? [];
      known.set(name, columns);
      return (columns[occurrence] ??= names.push(name) - 1);
    });
  });
  return { names, positions };
}

/** Our columns beside a list's own: one whose name is taken there gets a prefix, since the list's own stays as it is. */
export function besideOwn(own: readonly string[], ours: readonly string[]): string[] {
  const taken = new Set([...own, ...ours]);
  return ours.map((name) => {
    if (!own.includes(name)) return name;
    let free = `dialer_${name}`;
    while (taken.has(free)) free = `dialer_${free}`;
    taken.add(free);
    return free;
  });
}

/** A row's cells at their places among all own columns; what the row or its list lacks is empty. */
export function placeCells(cells: readonly string[], positions: readonly number[], width: number): string[] {
  const placed = Array.from({ length: width }, () => '');
  positions.forEach((position, index) => {
    placed[position] = cells[index] ?? '';
  });
  return placed;
}
