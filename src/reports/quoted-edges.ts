const QUOTE = 34;
const COMMA = 44;
const NEWLINE = 10;
const quote = Buffer.from('"');

/**
 * Lines of CSV as Postgres writes them, with quotes around each cell that begins or ends with a space: some readers
 * would cut it off, and so `csvLines` quotes them too. All else that has to be quoted is already. Whole lines only.
 */
export function withQuotedEdges(lines: Buffer): Buffer {
  const parts: Buffer[] = [];
  let copied = 0;
  let start = 0;
  let isQuoted = false;
  for (let index = 0; index < lines.length; index += 1) {
    const byte = lines[index];
    if (byte === QUOTE) isQuoted = !isQuoted;
    if (isQuoted || (byte !== COMMA && byte !== NEWLINE)) continue;
    if (index > start && hasSpaceAtEdge(lines, start, index)) {
      parts.push(lines.subarray(copied, start), quote, lines.subarray(start, index), quote);
      copied = index;
    }
    start = index + 1;
  }
  if (parts.length === 0) return lines;
  parts.push(lines.subarray(copied));
  return Buffer.concat(parts);
}

/** A cell that is quoted begins and ends with its quotes. */
function hasSpaceAtEdge(lines: Buffer, start: number, end: number): boolean {
  const first = lines[start] ?? 0;
  const last = lines[end - 1] ?? 0;
  if (isInnerAscii(first) && isInnerAscii(last)) return false;
  return /^\s|\s$/.test(lines.toString('utf8', start, end));
}

/** Above the spaces and control characters, and no part of a longer character. */
function isInnerAscii(byte: number): boolean {
  return byte > 32 && byte < 128;
}
