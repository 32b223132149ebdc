import type { CountryCode } from 'libphonenumber-js/max';
import type { ColumnMapping } from '../contacts/contact-columns.ts';
import type { Schedule } from './schedule.ts';

/** What a campaign is, with every default filled in. Plain JSON: it is stored as it is and read back as it was. */
export interface CampaignDefinition {
  readonly name: string;
  readonly mode: 'agents';
  /** null: the only account there is. */
  readonly account: string | null;
  /** As written in the file, relative to its folder; null: given another way. */
  readonly contacts: string | null;
  readonly agents: string | null;
  /** E.164, at least one. */
  readonly callerIds: readonly string[];
  readonly call: {
    readonly recording: boolean;
    readonly recordingChannels: 'single' | 'dual';
    readonly ringSeconds: number;
    readonly maxSeconds: number;
  };
  readonly schedule: Schedule;
  readonly retry: RetrySettings;
  readonly onUnknown: 'hold' | 'retry';
  readonly wrapUpMs: number;
  readonly columns: ColumnMapping;
  /** The region of numbers that are written without a country code. */
  readonly defaultRegion: CountryCode;
}

export interface RetrySettings {
  /** One budget for a contact, the first call included. */
  readonly maxAttempts: number;
  /** How long a contact waits after each outcome. */
  readonly delayMs: { readonly no_answer: number; readonly busy: number; readonly unreachable: number };
}
