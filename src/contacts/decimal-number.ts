/** Nothing but digits and what people and spreadsheets put between them. */
const NUMERIC = /^[+＋\d\s(),.\-‐-―−]+$/u;
const ONLY_DIGITS = /^[+＋]?\d+$/u;
/** As long as most phone numbers: nobody goes on after a single dot here. */
const LONG_WHOLE = 8;

export interface Decimal {
  /** what stands before the point */
  readonly whole: string;
  /** Whether the fraction is nothing but zeros, so that all digits of the number stand before the point. */
  readonly exact: boolean;
}

/**
 * A cell that a spreadsheet or a program kept as a decimal: 9876543210.0, 98765432.1. Null where its dot is
 * punctuation, as in 98765.43210: there groups of digits stand behind it.
 */
export function decimalOf(text: string): Decimal | null {
  if (!NUMERIC.test(text)) return null;
  const [before = '', after, another] = text.split(text.includes('.') ? '.' : ',');
  if (after === undefined || another !== undefined) return null;
  const whole = before.trim();
  const fraction = after.replaceAll(/\D/g, '');
  if (!/\d/.test(whole) || fraction === '') return null;
  const exact = /^0+$/.test(fraction);
  const onlyDigits = ONLY_DIGITS.test(whole);
  if (!text.includes('.') && !onlyDigits) return null;
  if (fraction.length <= 2 || (onlyDigits && exact)) return { whole, exact };
  return onlyDigits && whole.length >= LONG_WHOLE && fraction.length <= 4 ? { whole, exact } : null;
}
