import type { CountryCode } from 'libphonenumber-js/max';
import { parsePhoneNumber } from '../contacts/phone-number.ts';
import { UserError } from '../errors.ts';

/**
 * A number that somebody typed, in E.164.
 * @throws UserError with exit code 2 when it is none
 */
export function phoneArgument(text: string, region: CountryCode): string {
  const reading = parsePhoneNumber(text, region);
  if ('number' in reading) return reading.number;
  throw new UserError(`"${text}": ${reading.reason}; ${reading.mend}`, { exitCode: 2 });
}
