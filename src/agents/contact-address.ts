import { parsePhoneNumber } from '../contacts/phone-number.ts';

/**
 * How a device's contact URI stands in the list of agents: a phone number in E.164, a SIP address as it is. Exotel
 * echoes numbers in E.164 or in India's national form. Null for what is neither.
 */
export function contactAddress(contactUri: string): string | null {
  const text = contactUri.trim();
  if (/^sips?:/i.test(text)) return text;
  const phone = parsePhoneNumber(text, 'IN');
  return 'number' in phone ? phone.number : null;
}

/** The same for two ways to write one address. */
export function sameAddress(address: string): string {
  return address.toLowerCase();
}
