/** Text that others wrote, fit for one cell of a table: one line, nothing that moves the cursor, no longer than asked. */
export function cellText(text: string, width: number): string {
  const line = text.replaceAll(/[\p{C}\s]+/gu, ' ').trim();
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
