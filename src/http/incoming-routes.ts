import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import { readIncomingAddress } from '../incoming/incoming-address.ts';
import type { IncomingInbox } from '../incoming/incoming-inbox.ts';
import type { Log } from '../log.ts';
import { takeAnyBody } from './raw-bodies.ts';

const pathShape = z.object({ account: z.string(), purpose: z.string(), signature: z.string() });
const queryShape = z.record(z.string(), z.unknown());

/**
 * Where Exotel's applets tell of incoming calls and pressed keys, and ask whom to ring. By GET as documented; POST is
 * taken too. A Passthru applet goes on by the branch of its choice on 200, so that is what it is answered whatever it
 * said; only what could not be stored is answered otherwise.
 */
export async function incomingRoutes(
  app: FastifyInstance,
  options: { inbox: IncomingInbox; secret: string; log: Log },
): Promise<void> {
  const { inbox, secret, log } = options;
  takeAnyBody(app);
  app.route({
    method: ['GET', 'POST'],
    url: '/incoming/:account/:purpose/:signature',
    // a HEAD, as a browser or a chat sends for a preview, would else count as a call
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const address = readIncomingAddress(secret, pathShape.parse(request.params));
      if (address === null) {
        log.info({ from: request.ip }, 'an applet with a wrong signature was turned away');
        return await reply.code(404).send({ error: 'not found' });
      }
      const given = {
        contentType: request.givenContentType,
        query: queryShape.parse(request.query),
        body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      };
      if (address.purpose === 'connect') {
        return await reply.code(200).send(await inbox.connect(address.accountId, given));
      }
      try {
        await inbox.receive(address, given);
      } catch (error) {
        log.error({ purpose: address.purpose, reason: messageOf(error) }, 'an incoming call was not stored');
        return await reply.code(503).type('text/plain').send('not stored');
      }
      return await reply.code(200).type('text/plain').send('OK');
    },
  });
}
