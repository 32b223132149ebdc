import { parseEnvelope } from './envelope.ts';
import type { Answered } from './exchange.ts';
import type { Sender } from './transport.ts';

/** Two hosts of which one has what is asked for. */
export interface EitherHost extends Sender {
  /** Whether one of the two has answered with it; until then the other one is asked next after a refusal. */
  known(): boolean;
}

/**
 * Sends to the first of two hosts, since Exotel's pages disagree which one answers. A refusal, or an answer that is
 * none of Exotel's, makes the other one the next to be asked, until one of them has answered with success; no request
 * goes out twice here, because each takes its place under the account's limit.
 */
export function eitherHost(first: Sender, second: Sender): EitherHost {
  let host = first;
  let proven = false;
  return {
    known: () => proven,
    async send(request) {
      const asked = host;
      const result = await asked.send(request);
      if (result.kind !== 'answered' || proven) return result;
      if (hasIt(result)) {
        host = asked;
        proven = true;
      } else if (asked === host && !saysNothingOfHost(result)) {
        host = asked === first ? second : first;
      }
      return result;
    },
  };
}

function hasIt(answer: Answered): boolean {
  return answer.status < 300 && parseEnvelope(answer).kind === 'success';
}

/** Too many requests, or a server that is out of order. */
function saysNothingOfHost({ status }: Answered): boolean {
  return status === 429 || status >= 500;
}
