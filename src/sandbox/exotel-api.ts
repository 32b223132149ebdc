import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createExchange, type ExchangeOf, type Wire } from './answering.ts';
import { refusal, type Refusal } from './refusals.ts';
import type { Arrival } from './requests.ts';
import { wireV1 } from './v1.ts';
import { wireV2 } from './v2.ts';
import { wireV3 } from './v3.ts';
import type { World } from './world.ts';

/** Every version of the API that the sandbox speaks. */
const wires: readonly Wire[] = [wireV1, wireV2, wireV3];

interface InFlight {
  readonly world: World;
  readonly wire: Wire;
  readonly arrival: Arrival;
}

function inFlight(request: FastifyRequest): InFlight | null {
  return request.getDecorator<InFlight | null>('inFlight');
}

const exchangeOf: ExchangeOf = (request, reply) => {
  const current = inFlight(request);
  if (current === null) throw new Error(`No version of the API serves ${request.url}`);
  return createExchange({ ...current, request, reply });
};

/**
 * Serves Exotel's API: each request is logged and counted when it arrives, refused if the limit, the
 * credentials or the account stand against it, and only then answered by its route.
 */
export function registerExotelApi(server: FastifyInstance, currentWorld: () => World): void {
  // The world is kept with the arrival: a reset must not mix two runs in one answer.
  server.decorateRequest('inFlight', null);

  server.addHook('onRequest', async (request) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const wire = wires.find(({ prefix }) => path.startsWith(prefix));
    if (wire === undefined) return;
    const world = currentWorld();
    const { method, url } = request;
    const now = world.pace.now();
    const admitted = world.admission.admit(now);
    const arrival = world.requests.arrive(
      { method, path: url, kind: wire.kindOf(method, path), admitted },
      now,
    );
    request.setDecorator<InFlight>('inFlight', { world, wire, arrival });
  });

  server.addHook('onResponse', async (request, reply) => {
    const current = inFlight(request);
    if (current && reply.raw.writableFinished) current.arrival.answeredAt = current.world.pace.wall();
  });

  server.addHook('preHandler', async (request, reply) => {
    const current = inFlight(request);
    if (current === null) return undefined;
    if (current.arrival.kind === 'place') current.arrival.placing = current.wire.claimOf(request.body);
    const reason = whyRefused(current, request);
    if (reason === null) return undefined;
    await exchangeOf(request, reply).refuse(reason);
    return reply;
  });

  server.setNotFoundHandler(async (request, reply) =>
    answerOutsideRoutes(request, reply, refusal('unsupported')),
  );
  server.setErrorHandler<FastifyError>(async (error, request, reply) => {
    const byClient = error.statusCode !== undefined && error.statusCode < 500;
    const reason = refusal(byClient ? 'invalid_body' : 'server_error', error.message);
    return answerOutsideRoutes(request, reply, reason);
  });

  for (const wire of wires) wire.routes(server, exchangeOf);
}

/** A body that cannot be read never gets as far as the preHandler, yet the limit comes before it. */
async function answerOutsideRoutes(request: FastifyRequest, reply: FastifyReply, reason: Refusal) {
  const current = inFlight(request);
  if (current === null) return reply.code(reason.status).send({ error: reason.description });
  await exchangeOf(request, reply).refuse(whyRefused(current, request) ?? reason);
  return reply;
}

/** What stands against a request before anybody looks at what it asks for. */
function whyRefused({ world, arrival }: InFlight, request: FastifyRequest): Refusal | null {
  if (!arrival.admitted) return refusal('rate_limited');
  const { account } = world.settings.current;
  if (account.fault === 'server_error') return refusal('server_error');
  if (account.fault === 'unauthorized') return refusal('authentication_failed');
  const expected = `Basic ${Buffer.from(`${account.key}:${account.token}`).toString('base64')}`;
  if (request.headers.authorization !== expected) return refusal('authentication_failed');
  const sid = decodeURIComponent(request.url.split(/[/?]/)[3] ?? '');
  return account.fault === 'unknown_account' || sid !== account.sid ? refusal('unknown_account') : null;
}
