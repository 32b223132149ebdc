import type { Delimiter } from './delimiter.ts';

const ENDS_WITH_LF = ['\r\n', '\n'];
const ENDS_WITH_CR = ['\r\n', '\r'];

/**
 * What ends the rows of a list, told from its beginning: LF, or CR where no LF stands outside quotes. A cell of several
 * lines may hold either, whatever ends the rows.
 */
export function recordEnds(head: string, delimiter: Delimiter): string[] {
  let sawCr = false;
  let quoted = false;
  let cellStarts = true;
  for (let index = 0; index < head.length; index += 1) {
    const character = head[index];
    if (quoted) {
      if (character !== '"') continue;
      if (head[index + 1] === '"') index += 1;
      else quoted = false;
      continue;
    }
    if (character === '\n') return ENDS_WITH_LF;
    sawCr ||= character === '\r';
    quoted = character === '"' && cellStarts;
    cellStarts = character === delimiter || character === '\r';
  }
  return sawCr || !head.includes('\n') ? ENDS_WITH_CR : ENDS_WITH_LF;
}
