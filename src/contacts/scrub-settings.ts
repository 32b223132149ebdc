/** How a campaign's numbers are checked against the do-not-disturb register before they are called. */
export interface ScrubSettings {
  /** how old what Exotel said of a number may be, in ms */
  readonly maxAgeMs: number;
  /** what becomes of a contact of whose number nothing is known */
  readonly unavailable: 'dial' | 'hold';
}
