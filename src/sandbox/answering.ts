import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { randomFor, sumOf, type Random } from './random.ts';
import { refusal, type Refusal } from './refusals.ts';
import type { Arrival, PlacingClaim, RequestKind } from './requests.ts';
import { readingFaults, type PlacingFault, type ReadingFault } from './scenario.ts';
import type { World } from './world.ts';

/** An HTTP answer as one version of the API words it. */
export interface Answer {
  readonly status: number;
  /** Exotel's own code, for the log; null for a success. */
  readonly code: number | null;
  readonly contentType: string;
  readonly body: string;
}

/** One version of Exotel's API: its paths, its words, its errors. */
export interface Wire {
  /** What its paths begin with, such as `/v2/`. */
  readonly prefix: string;
  kindOf(method: string, path: string): RequestKind;
  /** What a placing request asks for, as far as its body can be read; for the log only. */
  claimOf(body: unknown): PlacingClaim;
  refuse(world: World, request: FastifyRequest, refusal: Refusal): Answer;
  routes(server: FastifyInstance, exchange: ExchangeOf): void;
}

/** One request and its answer. */
export interface Exchange {
  readonly world: World;
  readonly arrival: Arrival;
  readonly request: FastifyRequest;
  /** Answers after the scenario's latency, disturbed by `fault` if there is one. */
  readonly answer: (answer: Answer, fault?: PlacingFault | ReadingFault | null) => Promise<void>;
  readonly refuse: (refusal: Refusal) => Promise<void>;
  /** The answer to a read, which may be disturbed by the scenario's reading faults. */
  readonly read: (answer: Answer) => Promise<void>;
}

export type ExchangeOf = (request: FastifyRequest, reply: FastifyReply) => Exchange;

/** Binds the ways to answer one request. */
export function createExchange({
  world,
  wire,
  arrival,
  request,
  reply,
}: {
  world: World;
  wire: Wire;
  arrival: Arrival;
  request: FastifyRequest;
  reply: FastifyReply;
}): Exchange {
  const { answers, seed, limit } = world.settings.current;
  const random = randomFor(seed, 'answer', world.requests.all().length);

  const send = async (answer: Answer): Promise<void> => {
    arrival.status = answer.status;
    arrival.code = answer.code;
    await reply.code(answer.status).header('content-type', answer.contentType).send(answer.body);
  };
  const cut = (): void => {
    reply.hijack();
    request.raw.socket.destroy();
  };
  const refused = (reason: Refusal): Answer => wire.refuse(world, request, reason);

  const answer = async (right: Answer, fault: PlacingFault | ReadingFault | null = null): Promise<void> => {
    arrival.fault = fault;
    await passed(world, random.around(answers.latency));
    switch (fault) {
      case null:
        return send(right);
      case 'cut':
      case 'cut_before':
      case 'cut_after':
        return cut();
      case 'error':
      case 'error_before':
      case 'error_after':
        return send(brokenAnswer(refused(refusal('server_error')), answers.errorStatuses, random));
      case 'garbage':
        return send({ ...right, body: right.body.slice(0, right.body.length / 2) });
      case 'no_sid':
        return send({ ...right, body: '{}' });
      case 'throttled':
        return send(refused(refusal('rate_limited')));
      case 'slow':
        await passed(world, answers.slowBy);
        return send(right);
    }
  };

  return {
    world,
    arrival,
    request,
    answer,
    async refuse(reason) {
      if (reason.name === 'rate_limited') {
        arrival.retryAfterMs = setRetryAfter(reply, limit.retryAfter, world.admission.waitMs());
      }
      await answer(refused(reason));
    },
    async read(right) {
      const disturbed = random.chance(sumOf(readingFaults, answers.reading));
      await answer(right, disturbed ? random.pick(readingFaults, answers.reading) : null);
    },
  };
}

function passed(world: World, ms: number): Promise<void> {
  return new Promise((resolve) => {
    world.pace.afterReal(ms, resolve);
  });
}

/** A 500 comes from the application in its own words, the others from a gateway before it. */
function brokenAnswer(serverError: Answer, statuses: readonly number[], random: Random): Answer {
  const status = statuses[Math.floor(random.next() * statuses.length)] ?? 500;
  if (status === 500) return serverError;
  return {
    status,
    code: null,
    contentType: 'text/html',
    body: `<html><h1>${status} from the gateway</h1></html>`,
  };
}

/** @returns how long the answer asks to wait, in ms, or null when it does not say */
function setRetryAfter(
  reply: FastifyReply,
  form: 'none' | 'seconds' | 'date',
  waitMs: number,
): number | null {
  if (form === 'none') return null;
  const seconds = Math.ceil(waitMs / 1000);
  // A date has whole seconds: round up, or a client that obeys it comes too early.
  const date = new Date(Math.ceil((Date.now() + waitMs) / 1000) * 1000);
  void reply.header('retry-after', form === 'seconds' ? String(seconds) : date.toUTCString());
  return form === 'seconds' ? seconds * 1000 : date.getTime() - Date.now();
}
