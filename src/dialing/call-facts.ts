import type { CampaignMode } from '../campaigns/campaign-mode.ts';
import type { CallDetails } from '../exotel/call-details.ts';
import { noFacts } from './attempt-store.ts';
import type { AttemptFacts } from './attempt-store.ts';

/**
 * What a call's details say of an attempt of that mode. In a call to a flow the only leg is the customer's.
 * @param now an end that lies after it is taken to be now: no call ends in the future, but v1's times do where they are
 *   read in a zone that is not the account's, and wrap-up and lengths would go by them
 */
export function factsOf(details: CallDetails, mode: CampaignMode, now?: Date): AttemptFacts {
  const { endedAt } = details;
  const legs =
    mode === 'flow'
      ? { agentLegStatus: null, customerLegStatus: details.agentLeg.status }
      : { agentLegStatus: details.agentLeg.status, customerLegStatus: details.customerLeg.status };
  return {
    ...noFacts,
    ...legs,
    callSid: details.callSid,
    providerStatus: details.givenStatus,
    endedAt: endedAt !== null && now !== undefined && endedAt > now ? now : endedAt,
    talkSeconds: wholeSeconds(talkSecondsOf(details, mode)),
    recordingUrl: details.recordingUrl,
    details: details.raw,
  };
}

/**
 * There are no two who talk in a flow, so its talk time is the length of a call that connected, as Exotel's `Duration`
 * tells it: by every source alike, and some two minutes after the end, when Exotel fills it in. What else is told of
 * seconds, by some sources and for some accounts, would make two measures of one column.
 */
function talkSecondsOf(details: CallDetails, mode: CampaignMode): number | null {
  if (mode !== 'flow') return details.talkSeconds;
  const filledIn = (details.raw['Duration'] ?? null) !== null;
  return filledIn && details.status === 'completed' ? details.durationSeconds : null;
}

function wholeSeconds(seconds: number | null): number | null {
  return seconds === null || seconds < 0 || seconds > longestTalkSeconds ? null : Math.round(seconds);
}

/** A day: Exotel allows no call of more than four hours, so anything longer is no length. */
const longestTalkSeconds = 86_400;
