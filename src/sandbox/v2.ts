import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Agent } from './agents.ts';
import type { Exchange, ExchangeOf, Wire } from './answering.ts';
import type { CallbackMessage } from './callbacks.ts';
import type { Call } from './calls.ts';
import {
  callDetails,
  callResponse,
  deviceDetails,
  envelope,
  item,
  refusedEnvelope,
  userDetails,
} from './envelope-v2.ts';
import { readPlaceRequestV2, type PlaceRequestV2 } from './place-request-v2.ts';
import { place } from './placing.ts';
import { refusal } from './refusals.ts';
import type { PlacingClaim, RequestKind } from './requests.ts';
import type { Settings } from './settings.ts';
import type { World } from './world.ts';

/** Voice v2 (CCM): agents first, then the customer. */
export const wireV2: Wire = {
  prefix: '/v2/',
  kindOf,
  claimOf,
  refuse: (world, request, reason) => refusedEnvelope(request, world.settings.current.variants, reason),
  routes,
};

function routes(server: FastifyInstance, exchangeOf: ExchangeOf): void {
  server.post('/v2/accounts/:account/calls', (request, reply) => placeCall(exchangeOf(request, reply)));
  server.get('/v2/accounts/:account/calls/:sid', (request, reply) => showCall(exchangeOf(request, reply)));
  server.get('/v2/accounts/:account/users', (request, reply) => listUsers(exchangeOf(request, reply)));
  server.get('/v2/accounts/:account/users/:user', (request, reply) => showUser(exchangeOf(request, reply)));
  server.put('/v2/accounts/:account/users/:user/devices/:device', (request, reply) =>
    switchDevice(exchangeOf(request, reply)),
  );
}

async function placeCall({ world, request, arrival, answer, refuse }: Exchange): Promise<void> {
  const wanted = readPlaceRequestV2(request.body, world.settings.current.variants);
  if ('code' in wanted) return refuse(wanted);
  const agent = agentOf(world, wanted.from);
  if (agent === undefined) return refuse(refusal('unknown_user'));

  const result = place(world, placementOf(wanted, agent, world.settings), arrival);
  switch (result.kind) {
    case 'refused':
      return refuse(result.refusal);
    case 'not_placed':
      return answer(envelope(request, null), result.fault);
    case 'placed':
      return answer(
        envelope(request, callResponse(result.call, world.settings.current.variants)),
        result.fault,
      );
  }
}

function agentOf({ roster }: World, from: PlaceRequestV2['from']): Agent | undefined {
  return 'userId' in from ? roster.byId(from.userId) : roster.byContactUri(from.contactUri);
}

function placementOf({ subscriptions, ...wanted }: PlaceRequestV2, agent: Agent, settings: Settings) {
  return {
    ...wanted,
    api: 'v2' as const,
    mode: 'agents' as const,
    agentLeg: { contactUri: agent.device.contactUri, agent },
    callbacks: (call: Call, event: CallbackMessage['event']): CallbackMessage[] => {
      const details = callDetails(call, settings.current.variants);
      const body = JSON.stringify({ event_details: { event_type: event }, call_details: details });
      const subscribed = subscriptions.filter((subscription) => subscription.event === event);
      return subscribed.map(({ url }) => ({
        event,
        method: 'POST',
        url,
        contentType: 'application/json',
        body,
      }));
    },
  };
}

async function showCall({ world, request, read, refuse }: Exchange): Promise<void> {
  const { sid } = z.object({ sid: z.string() }).parse(request.params);
  const call = world.visibleCall(sid);
  if (call?.api !== 'v2') return refuse(refusal('unknown_call'));
  await read(envelope(request, callResponse(call, world.settings.current.variants)));
}

const listQuery = z.object({
  fields: z.string().default(''),
  limit: z.coerce.number().int().min(1).max(50).default(20),
  offset: z.coerce.number().int().min(0).default(0),
  email: z.string().optional(),
  'devices.contact_uri': z.string().optional(),
});

async function listUsers({ world, request, read, refuse }: Exchange): Promise<void> {
  const query = listQuery.safeParse(request.query);
  if (!query.success) return refuse(refusal('invalid_parameter', 'limit is 1 to 50, offset is 0 or more'));
  const { limit, offset, email, 'devices.contact_uri': contactUri } = query.data;
  const fields = fieldsOf(query.data.fields);
  if (world.settings.current.variants.hideDevices) fields.delete('devices');

  const filtered = email !== undefined || contactUri !== undefined;
  const wanted = contactUri === undefined ? world.roster.all : [world.roster.byContactUri(contactUri)];
  const found = filtered ? wanted.filter((agent) => agent && (email ?? agent.email) === agent.email) : wanted;
  const page = found
    .slice(offset, offset + limit)
    .flatMap((agent) => (agent ? [item(show(world, agent, fields))] : []));
  await read(envelope(request, page, { total: found.length, count: page.length, offset, limit }));
}

async function showUser({ world, request, read, refuse }: Exchange): Promise<void> {
  const { user } = z.object({ user: z.string() }).parse(request.params);
  const { fields } = z.object({ fields: z.string().default('') }).parse(request.query);
  const agent = world.roster.byId(user);
  if (agent === undefined) return refuse(refusal('unknown_user'));
  await read(envelope(request, item(show(world, agent, fieldsOf(fields)))));
}

async function switchDevice({ world, request, read, refuse }: Exchange): Promise<void> {
  const { user, device } = z.object({ user: z.string(), device: z.string() }).parse(request.params);
  const body = z.object({ available: z.boolean() }).safeParse(request.body);
  const agent = world.roster.byId(user);
  if (agent === undefined) return refuse(refusal('unknown_user'));
  if (String(agent.device.id) !== device || agent.state === 'no_device')
    return refuse(refusal('unknown_device'));
  if (!body.success) return refuse(refusal('invalid_parameter', 'available is true or false'));
  if (agent.state === 'unverified') return refuse(refusal('verification_pending'));
  world.roster.setState(agent, body.data.available ? 'available' : 'off');
  const presence = world.roster.presence(agent);
  await read(envelope(request, item(presence && deviceDetails(agent, presence))));
}

function show(world: World, agent: Agent, fields: ReadonlySet<string>): Record<string, unknown> {
  return userDetails(agent, world.roster.presence(agent), { fields, now: world.startedAt });
}

function fieldsOf(list: string): Set<string> {
  return new Set(list.split(',').map((field) => field.trim()));
}

function kindOf(method: string, path: string): RequestKind {
  const [resource, id, sub] = path.split('/').slice(4);
  if (resource === 'calls' && id === undefined) return method === 'POST' ? 'place' : 'calls';
  if (resource === 'calls') return id === 'active' ? 'active' : sub === 'voice-logs' ? 'recordings' : 'call';
  if (resource === 'users') return sub === 'devices' ? 'device' : 'users';
  return 'other';
}

const claimSchema = z.object({
  from: z.object({ user_id: z.string(), user_contact_uri: z.string() }).partial().optional(),
  to: z.object({ customer_contact_uri: z.string(), number: z.string() }).partial().optional(),
  custom_field: z.string().optional(),
});

function claimOf(body: unknown): PlacingClaim {
  const claim = claimSchema.safeParse(body).data;
  return {
    agent: claim?.from?.user_id ?? claim?.from?.user_contact_uri ?? null,
    customer: claim?.to?.customer_contact_uri ?? claim?.to?.number ?? null,
    customField: claim?.custom_field ?? null,
  };
}
