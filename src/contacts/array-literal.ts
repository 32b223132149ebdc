/** An array as Postgres reads it. NUL, which Postgres cannot store, was refused when the list was read. */
export function arrayLiteral(cells: readonly string[]): string {
  return `{${cells.map((cell) => `"${cell.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
