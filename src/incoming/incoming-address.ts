import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * What one of our addresses for applets is for. `agent_event` is told to Exotel in the answer to a Connect applet, the
 * others are pasted into a flow by a person.
 */
export const incomingPurposes = ['passthru', 'connect', 'opt_out', 'agent_event'] as const;
export type IncomingPurpose = (typeof incomingPurposes)[number];

/** Whose address an applet called, and what for, once its signature is found right. */
export interface IncomingAddress {
  accountId: number;
  purpose: IncomingPurpose;
}

/**
 * The address that an applet of one account calls. Applets sign nothing and are pasted once for all calls, so the
 * address carries an HMAC of account and purpose, by the key of callback addresses: who knows it was told by us.
 */
export function incomingAddress(publicUrl: string, secret: string, address: IncomingAddress): string {
  const { accountId, purpose } = address;
  return `${publicUrl}/incoming/${accountId}/${wordOf(purpose)}/${signature(secret, address)}`;
}

/** The variable parts of an applet address's path, as they came. */
export interface IncomingPath {
  account: string;
  purpose: string;
  signature: string;
}

/** Reads the path that an applet called; null when it was not signed by this key. */
export function readIncomingAddress(secret: string, path: IncomingPath): IncomingAddress | null {
  const purpose = incomingPurposes.find((known) => wordOf(known) === path.purpose);
  if (purpose === undefined || !/^[1-9][0-9]{0,14}$/.test(path.account)) return null;
  const address = { accountId: Number(path.account), purpose };
  const expected = Buffer.from(signature(secret, address));
  const given = Buffer.from(path.signature);
  return given.length === expected.length && timingSafeEqual(given, expected) ? address : null;
}

function wordOf(purpose: IncomingPurpose): string {
  return purpose.replace('_', '-');
}

function signature(secret: string, { accountId, purpose }: IncomingAddress): string {
  return createHmac('sha256', secret).update(`incoming ${accountId} ${purpose}`).digest('base64url');
}
