import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { UserError } from '../errors.ts';

export type TextEncoding = 'utf-8' | 'windows-1252' | 'utf-16le' | 'utf-16be';

/** Bounds how many rows are in memory at once, whatever the size of the chunks that come in. */
const PIECE_BYTES = 65_536;
const SAVE_AS_CSV = 'open it in its program and save it as CSV (UTF-8)';

const OTHER_FILES: readonly { starts: string; what: string; mend: string }[] = [
  {
    starts: 'd0cf11e0',
    what: 'an old (.xls) or locked Excel file',
    mend: 'open it in its program and save it as xlsx without a password, or as CSV (UTF-8)',
  },
  { starts: '504b0506', what: 'an empty zip file', mend: 'give the list itself' },
  { starts: '504b0708', what: 'a part of a zip file', mend: 'unzip it first' },
  { starts: '1f8b', what: 'a gzip file within a gzip file', mend: 'unpack it first' },
  { starts: '25504446', what: 'a PDF', mend: 'give a CSV file' },
  { starts: '89504e47', what: 'an image', mend: 'give a CSV file' },
  { starts: 'ffd8ff', what: 'an image', mend: 'give a CSV file' },
];

/** What stands behind the pieces that were read is a NUL byte: a fault for whoever knows its place to tell. */
export class NulFound extends Error {}

export interface DecodedText {
  /** The text in UTF-8, in pieces of some 64 kB, without a byte order mark. */
  readonly pieces: AsyncGenerator<Buffer, void, void>;
  /** As far as the pieces were read. */
  readonly encoding: () => TextEncoding;
  /** How many characters of UTF-8 were cut off, as far as the pieces were read; each stands as U+FFFD. */
  readonly brokenCharacters: () => number;
}

/**
 * Reads bytes of an unknown encoding as UTF-8. UTF-16 is known by its byte order mark, or by the zeros between its
 * letters. Everything else is UTF-8 line by line, and lines that are not UTF-8 are windows-1252: that reads files of either
 * kind, and a file that was put together from both. A line that is UTF-8 but for a character which was cut off keeps the
 * others. Throws a UserError for what is no text, naming what it is.
 */
export function decodeText(source: AsyncIterable<Uint8Array>, fileName: string): DecodedText {
  let encoding: TextEncoding = 'utf-8';
  let broken = 0;
  const mixed = (bytes: Buffer): Buffer => {
    const text = lineByLine(bytes);
    if (text.western) encoding = 'windows-1252';
    broken += text.broken;
    return text.bytes;
  };
  async function* decode(): AsyncGenerator<Buffer, void, void> {
    let utf16: TextDecoder | null = null;
    let carried: Buffer = Buffer.alloc(0);
    let first = true;
    for await (const bytes of inPieces(source)) {
      let piece = bytes;
      if (first) {
        first = false;
        const mark = byteOrderMark(piece);
        piece = piece.subarray(mark.length);
        if (mark.encoding === 'utf-8') refuseOtherFiles(piece, fileName);
        if (mark.encoding !== 'utf-8') {
          encoding = mark.encoding;
          utf16 = new TextDecoder(encoding);
        }
      }
      if (utf16 !== null) {
        const decoded = Buffer.from(utf16.decode(piece, { stream: true }));
        yield beforeNul(decoded);
        if (decoded.includes(0)) throw new NulFound();
        continue;
      }
      const text = carried.length === 0 ? piece : Buffer.concat([carried, piece]);
      if (text.includes(0)) {
        yield mixed(beforeNul(text));
        throw new NulFound();
      }
      const whole = text.length - unfinishedBytes(text);
      carried = text.subarray(whole);
      const complete = text.subarray(0, whole);
      yield isUtf8(complete) ? complete : mixed(complete);
    }
    if (utf16 !== null) yield Buffer.from(utf16.decode());
    else if (carried.length > 0) yield mixed(carried);
  }
  return { pieces: decode(), encoding: () => encoding, brokenCharacters: () => broken };
}

/** Pieces of one size at the most; the first holds 64 kB or the whole file, since much is told from it. */
async function* inPieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, void> {
  let head: Buffer[] | null = [];
  let headBytes = 0;
  for await (const chunk of source) {
    let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (head !== null) {
      head.push(bytes);
      headBytes += bytes.length;
      if (headBytes < PIECE_BYTES) continue;
      bytes = Buffer.concat(head);
      head = null;
    }
    for (let from = 0; from < bytes.length; from += PIECE_BYTES)
      yield bytes.subarray(from, from + PIECE_BYTES);
  }
  if (head !== null && headBytes > 0) yield Buffer.concat(head);
}

const UTF8_MARK = Buffer.from('efbbbf', 'hex');

/** Some programs write the mark of UTF-8 more than once. */
function byteOrderMark(bytes: Buffer): { length: number; encoding: TextEncoding } {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { length: 2, encoding: 'utf-16le' };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { length: 2, encoding: 'utf-16be' };
  let length = 0;
  while (bytes.subarray(length, length + UTF8_MARK.length).equals(UTF8_MARK)) length += UTF8_MARK.length;
  return { length, encoding: length === 0 ? (unmarkedUtf16(bytes) ?? 'utf-8') : 'utf-8' };
}

/** A header in Latin letters: every second byte of its UTF-16 is zero, and none of the others. */
function unmarkedUtf16(bytes: Buffer): TextEncoding | null {
  const zeros = [0, 0];
  const looked = Math.min(bytes.length, 64) & ~1;
  for (let index = 0; index < looked; index += 1) {
    if (bytes[index] === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  }
  const [even = 0, odd = 0] = zeros;
  if (looked < 8 || Math.max(even, odd) * 4 < looked) return null;
  if (even === 0) return 'utf-16le';
  return odd === 0 ? 'utf-16be' : null;
}

function refuseOtherFiles(head: Buffer, fileName: string): void {
  const start = head.subarray(0, 8).toString('hex');
  const other = OTHER_FILES.find((kind) => start.startsWith(kind.starts));
  if (other !== undefined) {
    throw new UserError(`${fileName}: this is ${other.what}, not a CSV file; ${other.mend}`);
  }
  const opening = head.subarray(0, 256).toString('latin1').trimStart();
  if (/^<(?:\?xml|!doctype|html|table)/i.test(opening)) {
    throw new UserError(`${fileName}: this is a web page or XML, not a CSV file; ${SAVE_AS_CSV}`);
  }
  if (/^(?:\[\s*)?\{\s*"/.test(opening)) {
    throw new UserError(`${fileName}: this is JSON, not a CSV file; convert it to CSV first`);
  }
  if (isMostlyControlBytes(head)) throw notText(fileName);
}

/** Text has tabs and line ends, and now and then a stray control character; more than one in twenty is no text. */
function isMostlyControlBytes(head: Buffer): boolean {
  let control = 0;
  for (const byte of head) {
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) control += 1;
  }
  return control > 4 && control * 20 > head.length;
}

function beforeNul(text: Buffer): Buffer {
  const nul = text.indexOf(0);
  return nul === -1 ? text : text.subarray(0, nul);
}

function notText(fileName: string): UserError {
  return new UserError(
    `${fileName}: this is not text (it holds control bytes); save it as CSV (UTF-8) and try again`,
  );
}

/** How many bytes at the end are the beginning of a UTF-8 character that the next piece may finish. */
function unfinishedBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? back : 0;
  }
  return 0;
}

interface MixedText {
  bytes: Buffer;
  /** some of it was windows-1252 */
  western: boolean;
  /** characters of UTF-8 that were cut off */
  broken: number;
}

function lineByLine(bytes: Buffer): MixedText {
  const windows1252 = new TextDecoder('windows-1252');
  const lines: Buffer[] = [];
  let western = false;
  let broken = 0;
  for (let from = 0; from < bytes.length;) {
    const lineEnd = bytes.indexOf(10, from);
    const to = lineEnd === -1 ? bytes.length : lineEnd + 1;
    const line = bytes.subarray(from, to);
    const cutOff = isUtf8(line) ? 0 : charactersCutOff(line);
    if (cutOff === null) {
      western = true;
      lines.push(Buffer.from(windows1252.decode(line)));
    } else {
      broken += cutOff;
      lines.push(cutOff === 0 ? line : Buffer.from(line.toString()));
    }
    from = to;
  }
  return { bytes: Buffer.concat(lines), western, broken };
}

/** Of a line that is UTF-8 for the most part, how many characters are not whole; null: it is no UTF-8. */
function charactersCutOff(line: Buffer): number | null {
  let whole = 0;
  let broken = 0;
  for (let index = 0; index < line.length;) {
    const lead = line[index] ?? 0;
    const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (length > 1 && isUtf8(line.subarray(index, index + length)) && index + length <= line.length) {
      whole += 1;
      index += length;
      continue;
    }
    if (length > 1) broken += 1;
    index += 1;
  }
  return whole > broken ? broken : null;
}
