/** Without it Excel reads UTF-8 as the code page of the machine. */
export const byteOrderMark = '\ufeff';

/**
 * How a cell begins that a spreadsheet runs, or that hides one: `=` `+` `-` `@`, the wide forms of them that Excel
 * takes with East Asian input, also after white space, which it skips; and tab, CR and LF, after which some begin anew.
 */
const runs = /^\s*[=+\-@＝＋－＠]|^ *[\t\r\n]/;

/** An E.164 number; what a spreadsheet makes of it is that number, and an apostrophe before it is one that cannot be dialled. */
const phoneNumber = /^\s*\+[1-9]\d{5,14}\s*$/;

/** An amount below zero, with its thousands set apart or not: what a spreadsheet makes of it is that number. */
const negative = /^-\d+(?:[.,]\d+)*$/;

/** A cell as a spreadsheet shows it instead of running it: with an apostrophe before it where it needs one. */
export function harmlessCell(cell: string): string {
  if (!runs.test(cell) || phoneNumber.test(cell) || negative.test(cell)) return cell;
  return `'${cell}`;
}
