/**
 * One second of silence as an MP3 file, so that a recording in a report can be opened: 39 frames of
 * MPEG-1 layer III, 128 kbit/s, 44.1 kHz, of 417 bytes each, whose zeroed side information holds no sound.
 */
export function silentMp3(): Buffer {
  const frame = Buffer.alloc(417);
  frame.set([0xff, 0xfb, 0x90, 0x64]);
  return Buffer.concat(Array.from({ length: 39 }, () => frame));
}
