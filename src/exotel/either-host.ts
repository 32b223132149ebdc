import type { Sender } from './transport.ts';

/**
 * Sends to the first of two hosts, since Exotel's pages disagree which one answers. A 404 makes the other one the next
 * to be asked, until one of them has answered with success; no request goes out twice here, because each takes its
 * place under the account's limit.
 */
export function eitherHost(first: Sender, second: Sender): Sender {
  let host = first;
  let proven = false;
  return {
    async send(request) {
      const asked = host;
      const result = await asked.send(request);
      if (result.kind !== 'answered' || proven) return result;
      if (result.status >= 200 && result.status < 300) {
        host = asked;
        proven = true;
      } else if (result.status === 404 && asked === host) {
        host = asked === first ? second : first;
      }
      return result;
    },
  };
}
