import { parseEnvelope } from './envelope.ts';
import type { Fields } from './fields.ts';
import { failed, failureOf } from './read.ts';
import type { ReadFailure } from './read.ts';
import type { Transport } from './transport.ts';
import { readV1Body } from './v1-body.ts';

/** One GET of Voice v1, in JSON or XML. `httpStatus` of a failure is the one the body states, where it states one. */
export async function readV1(
  transport: Transport,
  path: string,
): Promise<{ kind: 'read'; answer: Fields } | ReadFailure> {
  const result = await transport.send({ method: 'GET', path });
  if (result.kind === 'unsent') return result;
  if (result.kind === 'unknown') return failed(result.why, null);
  const envelope = parseEnvelope(result);
  if (envelope.kind === 'failure') {
    const failure = failureOf(envelope.error, result.retryAfterMs);
    const stated = envelope.error.statedStatus;
    return failure.kind === 'failed' && stated !== null ? { ...failure, httpStatus: stated } : failure;
  }
  const answer = readV1Body(result.body);
  if (answer !== null) return { kind: 'read', answer };
  return failed(`HTTP ${result.status} with a body that is neither JSON nor XML`, result.status);
}
