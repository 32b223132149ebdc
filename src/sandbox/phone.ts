/**
 * A number as the sandbox compares it: E.164, or null when it is malformed. Exotel also takes the
 * Indian national form with a leading 0.
 */
export function toE164(text: string): string | null {
  if (/^\+[1-9]\d{7,14}$/.test(text)) return text;
  if (/^0[1-9]\d{9}$/.test(text)) return `+91${text.slice(1)}`;
  return null;
}

/** A phone number for a log line: enough to recognise, too little to dial. */
export function masked(number: string): string {
  return `${number.slice(0, 5)}…${number.slice(-2)}`;
}
