import { gzipSync } from 'node:zlib';

/** A source of numbers in [0, 1) that is the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What breaks readers of lists: separators, quotes, line ends, marks, numbers of all kinds, pieces of other files. */
const tokens = [
  '" "" \' , ; | \\ \\N @ =1+1 ,,,,,,,, sep=; phone timezone priority name Asia/Dubai Mars/Base -3 1e999 00 n/a',
  '9000000001 +971501234567 9.19877E+11 ९०००००००००० 9000000001/9000000002 <table> {"a": \u{1F600} é',
]
  .flatMap((words) => words.split(' '))
  .concat(' ', '\t', '\n', '\r', '\r\n', '\n\n', '"\n"', '"a\nb"', 'sep=;\n', 'Phone 2', '\0', '\u001A')
  .concat('\uFEFF', '\u200B', '\u00A0')
  .map((text) => Buffer.from(text));
const bytes = 'ff fe fffe feff efbbbf c3 e0a4 80 00 504b0304 1f8b d0cf11e0'
  .split(' ')
  .map((hex) => Buffer.from(hex, 'hex'));

/** A file made from others by some random changes. */
export function mutated(files: readonly Buffer[], random: () => number): Buffer {
  const pick = <T>(from: readonly T[]): T => {
    const one = from[Math.floor(random() * from.length)];
    if (one === undefined) throw new Error('there is nothing to pick from');
    return one;
  };
  let file = pick(files);
  const at = (): number => Math.floor(random() * (file.length + 1));
  const replace = (from: number, to: number, by: Uint8Array): Buffer =>
    Buffer.concat([file.subarray(0, from), by, file.subarray(Math.max(from, to))]);
  for (let changes = 1 + Math.floor(random() * 4); changes > 0; changes -= 1) {
    const from = at();
    switch (Math.floor(random() * 9)) {
      case 0:
        file = replace(from, from + 1, Buffer.from([Math.floor(random() * 256)]));
        break;
      case 1:
        file = replace(from, from + Math.floor(random() * 20), Buffer.alloc(0));
        break;
      case 2:
      case 3:
        file = replace(from, from, pick(tokens));
        break;
      case 4:
        file = replace(from, from + 2, pick(bytes));
        break;
      case 5:
        file = replace(from, from, file.subarray(at(), at()));
        break;
      case 6:
        if (random() < 0.3) file = file.subarray(0, from);
        break;
      case 7: {
        const other = pick(files);
        file = replace(from, from, other.subarray(0, Math.floor(random() * other.length)));
        break;
      }
      case 8:
        file =
          random() < 0.1
            ? gzipSync(file)
            : replace(from, from, Buffer.from(pick(tokens).toString().repeat(9)));
    }
  }
  return file.subarray(0, 200_000);
}
