import { z } from 'zod';
import type { Wire } from './answering.ts';
import type { Call } from './calls.ts';
import { activeCallV3, callDetailsV3, voiceLogV3 } from './details-v3.ts';
import { envelope } from './envelope-v2.ts';
import { refusal } from './refusals.ts';
import { wireV2 } from './v2.ts';
import type { World } from './world.ts';

const voiceLogQuery = z.object({
  format: z.enum(['mp3', 'wav']).default('mp3'),
  channel: z.enum(['single', 'dual']).default('single'),
});

const staleMs = 60_000;

/** The calls that were under way a minute ago, in scenario time. */
function runningBefore({ calls, pace, settings }: World): Call[] {
  const then = pace.wall().getTime() - staleMs / settings.current.speed;
  return [...calls.all()].filter(
    ({ placedAt, endedAt }) => placedAt.getTime() <= then && (endedAt === null || endedAt.getTime() > then),
  );
}

/** Voice v3: reads only, in the envelope of v2. Its POST is contradictory in Exotel's documents, hence absent. */
export const wireV3: Wire = {
  ...wireV2,
  prefix: '/v3/',
  kindOf: (method, path) => (method === 'GET' ? wireV2.kindOf(method, path) : 'other'),
  routes(server, exchangeOf) {
    server.get('/v3/accounts/:account/calls/active', async (request, reply) => {
      const { world, read, refuse } = exchangeOf(request, reply);
      const variant = world.settings.current.variants.activeCalls;
      if (variant === 'absent') return refuse(refusal('unsupported'));
      const shown =
        variant === 'empty' ? [] : variant === 'stale' ? runningBefore(world) : world.calls.live();
      const active = [...shown].map((call) => activeCallV3(call, world.pace.wall()));
      return read(envelope(request, { active_calls: active, total_active: active.length }));
    });

    server.get('/v3/accounts/:account/calls/:sid', async (request, reply) => {
      const { world, read, refuse } = exchangeOf(request, reply);
      const { sid } = z.object({ sid: z.string() }).parse(request.params);
      const call = world.visibleCall(sid);
      if (call === undefined) return refuse(refusal('unknown_call'));
      const { account, variants } = world.settings.current;
      return read(envelope(request, { call_details: callDetailsV3(call, variants, account.sid) }));
    });

    server.get('/v3/accounts/:account/calls/:sid/voice-logs', async (request, reply) => {
      const { world, read, refuse } = exchangeOf(request, reply);
      const { sid } = z.object({ sid: z.string() }).parse(request.params);
      const query = voiceLogQuery.safeParse(request.query);
      if (!query.success)
        return refuse(refusal('invalid_parameter', 'format is mp3 or wav, channel single or dual'));
      const { variants } = world.settings.current;
      if (variants.voiceLogs === 'absent') return refuse(refusal('unsupported'));
      const call = world.visibleCall(sid);
      if (call === undefined) return refuse(refusal('unknown_call'));
      return read(envelope(request, { voice_log: voiceLogV3(call, query.data, variants) }));
    });
  },
};
