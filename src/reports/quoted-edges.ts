const QUOTE = 34;
const COMMA = 44;
const NEWLINE = 10;
const quote = Buffer.from('"');

/** By the byte: nothing is looked up so often here. */
const isMark = new Uint8Array(256);
isMark
  .fill(1, QUOTE, QUOTE + 1)
  .fill(1, COMMA, COMMA + 1)
  .fill(1, NEWLINE, NEWLINE + 1);
/** Spaces and control characters, and whatever is part of a longer character. */
const mayBeSpace = new Uint8Array(256).fill(1, 0, 33).fill(1, 128);

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
    const byte = lines[index] ?? 0;
    if (isMark[byte] === 0) continue;
    if (byte === QUOTE) isQuoted = !isQuoted;
    if (isQuoted || byte === QUOTE) continue;
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
  if (mayBeSpace[lines[start] ?? 0] === 0 && mayBeSpace[lines[end - 1] ?? 0] === 0) return false;
  return /^\s|\s$/.test(lines.toString('utf8', start, end));
}
