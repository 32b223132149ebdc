import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Exchange, ExchangeOf, Wire } from './answering.ts';
import { callV1 } from './call-v1.ts';
import { callbackMessagesV1 } from './callbacks-v1.ts';
import type { Call, Placement } from './calls.ts';
import { answerV1, restException } from './envelope-v1.ts';
import { acceptForms } from './form-body.ts';
import { readListQueryV1 } from './list-query-v1.ts';
import { listCallsV1 } from './list-v1.ts';
import { numberMetadata } from './numbers-v1.ts';
import { toE164 } from './phone.ts';
import { namedFields, readPlaceRequestV1, type PlaceRequestV1 } from './place-request-v1.ts';
import { place } from './placing.ts';
import { refusal } from './refusals.ts';
import type { PlacingClaim, RequestKind } from './requests.ts';
import type { World } from './world.ts';

/** Voice v1: two phones, or a phone and a flow. */
export const wireV1: Wire = {
  prefix: '/v1/',
  kindOf,
  claimOf,
  refuse: (world, request, reason) => restException(request, world.settings.current, reason),
  routes,
};

const account = '/v1/Accounts/:account';

/** Each resource answers in JSON where its path ends with `.json` and in XML where it does not. */
function routes(server: FastifyInstance, exchangeOf: ExchangeOf): void {
  // Only v1 takes forms: to the other versions one is a body that cannot be read.
  void server.register(async (scope) => {
    acceptForms(scope);
    for (const suffix of ['', '.json']) {
      scope.post(`${account}/Calls/connect${suffix}`, (request, reply) =>
        placeCall(exchangeOf(request, reply)),
      );
      scope.get(`${account}/Calls${suffix}`, (request, reply) => listCalls(exchangeOf(request, reply)));
    }
    scope.get(`${account}/Calls/:sid`, (request, reply) => showCall(exchangeOf(request, reply)));
    scope.get(`${account}/Numbers/:number`, (request, reply) => showNumber(exchangeOf(request, reply)));
  });
}

async function placeCall({ world, request, arrival, answer, refuse }: Exchange): Promise<void> {
  const scenario = world.settings.current;
  const wanted = readPlaceRequestV1(request.body, {
    accountSid: scenario.account.sid,
    recordByDefault: scenario.v1.recordByDefault,
  });
  if ('code' in wanted) return refuse(wanted);

  const result = place(world, placementOf(world, wanted), arrival);
  switch (result.kind) {
    case 'refused': {
      const { number } = result.refusal;
      return refuse(
        number === undefined
          ? result.refusal
          : refusal('do_not_disturb', onRegister(number, scenario.v1.numberOnRegister)),
      );
    }
    case 'not_placed':
      return answer(answerV1(request, { Call: {} }), result.fault);
    case 'placed': {
      const shown = { now: world.pace.wall(), details: wantsDetails(request.query) };
      return answer(answerV1(request, { Call: callV1(result.call, scenario, shown) }), result.fault);
    }
  }
}

function onRegister(number: string, form: 'whole' | 'masked' | 'unnamed'): string {
  const named = {
    whole: ` to [${number}]`,
    masked: ` to [${number.replace(/^\+91/, '0').replace(/.(?=.{5})/g, (sign, at) => (at === 0 ? sign : 'X'))}]`,
    unnamed: '',
  }[form];
  return `Call${named} cannot be made because of TRAI NDNC regulations`;
}

function placementOf(
  { roster, settings }: World,
  { agentUri, statusCallback, ...wanted }: PlaceRequestV1,
): Placement {
  return {
    ...wanted,
    api: 'v1',
    mode: agentUri === null ? 'flow' : 'connect',
    agentLeg:
      agentUri === null ? null : { contactUri: agentUri, agent: roster.byContactUri(agentUri) ?? null },
    callbacks: (call: Call, event) =>
      callbackMessagesV1(call, event, { to: statusCallback, scenario: settings.current }),
  };
}

async function showCall({ world, request, read, refuse }: Exchange): Promise<void> {
  const { sid } = z.object({ sid: z.string() }).parse(request.params);
  const call = world.visibleCall(withoutSuffix(sid));
  if (call?.api !== 'v1') return refuse(refusal('unknown_call'));
  const shown = { now: world.pace.wall(), details: wantsDetails(request.query) };
  await read(answerV1(request, { Call: callV1(call, world.settings.current, shown) }));
}

async function listCalls({ world, request, read, refuse }: Exchange): Promise<void> {
  const wanted = readListQueryV1(request.query, world.pace.wall());
  if ('code' in wanted) return refuse(wanted);
  const [path = '', query] = request.url.split('?', 2);
  const { metadata, calls } = listCallsV1(world, wanted, { path, query: new URLSearchParams(query) });
  const asJson = path.endsWith('.json');
  await read(
    answerV1(request, { Metadata: metadata, Calls: asJson ? calls : calls.map((call) => ({ Call: call })) }),
  );
}

async function showNumber({ world, request, read, refuse }: Exchange): Promise<void> {
  const { number } = z.object({ number: z.string() }).parse(request.params);
  const phone = toE164(withoutSuffix(number));
  const metadata = phone === null ? null : numberMetadata(world.settings.current, phone);
  if (metadata === null) return refuse(refusal('unsupported', 'Nothing is known of this number.'));
  await read(answerV1(request, { Numbers: metadata }));
}

function wantsDetails(query: unknown): boolean {
  return z.object({ details: z.literal('true') }).safeParse(query).success;
}

function withoutSuffix(segment: string): string {
  return segment.replace(/\.json$/, '');
}

function kindOf(method: string, path: string): RequestKind {
  const [resource = '', id, sub] = path.split('/').slice(4).map(withoutSuffix);
  if (resource === 'Calls' && id === 'connect') return method === 'POST' ? 'place' : 'other';
  if (resource === 'Calls' && sub === undefined) return id === undefined ? 'calls' : 'call';
  return resource === 'Numbers' ? 'numbers' : 'other';
}

function claimOf(body: unknown): PlacingClaim {
  const fields = body instanceof URLSearchParams ? namedFields(body) : {};
  const phone = (name: string): string | null => {
    const text = fields[name];
    return text === undefined ? null : (toE164(text) ?? text);
  };
  const inFlow = fields['Url'] !== undefined;
  return {
    agent: inFlow ? null : phone('From'),
    customer: inFlow ? phone('From') : phone('To'),
    customField: fields['CustomField'] ?? null,
  };
}
