import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { readCallbackAddress } from '../results/callback-address.ts';
import type { CallbackInbox } from '../results/callback-inbox.ts';
import { takeAnyBody } from './raw-bodies.ts';

const pathShape = z.object({
  account: z.string(),
  attemptId: z.string(),
  issued: z.string(),
  signature: z.string(),
});
const queryShape = z.record(z.string(), z.unknown());

/**
 * Where Exotel reports calls. A callback is verified and stored before it is answered, and settled afterwards:
 * Exotel is told "received" only of what can no longer be lost.
 */
export async function callbackRoutes(
  app: FastifyInstance,
  options: { inbox: CallbackInbox; secret: string; log: Log },
): Promise<void> {
  const { inbox, secret, log } = options;
  takeAnyBody(app);

  app.route({
    // v1's applets send by GET, and its callbacks may: clients read them from body and query merged
    method: ['GET', 'POST'],
    url: '/callbacks/v2/:account/:attemptId/:issued/:signature',
    // a HEAD, as a browser or a chat sends for a preview, would else count as a callback
    exposeHeadRoute: false,
    errorHandler: tellOfLost,
    handler: async (request, reply) => {
      const address = readCallbackAddress(secret, pathShape.parse(request.params));
      if (address === null) {
        log.info({ from: request.ip }, 'a callback with a wrong signature was turned away');
        return await reply.code(404).send({ error: 'not found' });
      }
      try {
        await inbox.receive({
          address,
          contentType: request.givenContentType ?? undefined,
          query: queryShape.parse(request.query),
          body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        });
      } catch (error) {
        log.warn({ attempt: address.attemptId, reason: messageOf(error) }, 'a callback could not be stored');
        return await reply.code(503).send({ error: 'not stored, send it again' });
      }
      return await reply.code(200).send({ status: 'received' });
    },
  });

  /** A body that is too large, or breaks off, is lost with all that it told: somebody may wonder where it is. */
  function tellOfLost(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
    const address = readCallbackAddress(secret, pathShape.parse(request.params));
    if (address !== null) {
      const bytes = request.headers['content-length'];
      const fields = { attempt: address.attemptId, from: request.ip, bytes, reason: error.message };
      log.warn(fields, 'a callback could not be read');
    }
    void reply.send(error);
  }
}
