import type { CountryCode } from 'libphonenumber-js/max';
import type { ColumnMapping } from '../contacts/contact-columns.ts';
import type { CampaignMode } from './campaign-mode.ts';
import type { DuplicateRule } from '../contacts/duplicate-rule.ts';
import type { ScrubSettings } from '../contacts/scrub-settings.ts';
import type { Schedule } from './schedule.ts';

/** What a campaign is, with every default filled in. Plain JSON: it is stored as it is and read back as it was. */
export interface CampaignDefinition {
  readonly name: string;
  readonly mode: CampaignMode;
  /** null: the only account there is. */
  readonly account: string | null;
  /** As written in the file, relative to its folder; null: given another way. */
  readonly contacts: string | null;
  readonly agents: string | null;
  /** What the customer is connected to in mode `flow`, by the number Exotel gave it; null in the other modes. */
  readonly flow: { readonly appId: string } | null;
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
  /** What becomes of a contact that waits when its customer calls; absent in definitions of before: keep. */
  readonly onCallBack?: 'withdraw' | 'keep';
  /** The key that a customer in a flow presses to be called no more; absent in definitions of before: none. */
  readonly optOut?: { readonly digit: string } | null;
  readonly wrapUpMs: number;
  /** Numbers are checked against the do-not-disturb register first; null or absent (of before): they are not. */
  readonly scrub?: ScrubSettings | null;
  readonly columns: ColumnMapping;
  /** absent in campaigns from before the rule: as those that say nothing */
  readonly duplicates?: DuplicateRule;
  /** The region of numbers that are written without a country code. */
  readonly defaultRegion: CountryCode;
}

export interface RetrySettings {
  /** One budget for a contact, the first call included. */
  readonly maxAttempts: number;
  /** How long a contact waits after each outcome. */
  readonly delayMs: { readonly no_answer: number; readonly busy: number; readonly unreachable: number };
}
