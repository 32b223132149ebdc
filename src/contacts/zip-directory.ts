const END_OF_DIRECTORY = Buffer.from('504b0506', 'hex');
const ENTRY = Buffer.from('504b0102', 'hex');
const END_BYTES = 22;
const ENTRY_BYTES = 46;
/** A zip file may end with a comment. */
const LONGEST_COMMENT = 65_535;

/** What the files in a zip file come to when they are unpacked, in bytes, by its own directory; null: it has none. */
export function unpackedBytes(zip: Buffer): number | null {
  const end = zip.lastIndexOf(END_OF_DIRECTORY);
  if (end === -1 || end + END_BYTES > zip.length || zip.length - end > END_BYTES + LONGEST_COMMENT)
    return null;
  let at = zip.readUInt32LE(end + 16);
  let bytes = 0;
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (at + ENTRY_BYTES > end || !zip.subarray(at, at + ENTRY.length).equals(ENTRY)) return null;
    bytes += zip.readUInt32LE(at + 24);
    at += ENTRY_BYTES + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return bytes;
}
