import { z } from 'zod';
import type { AgentSync } from '../agents/sync-agents.ts';
import type { AgentDevices } from '../agents/user-devices.ts';

/** What may be asked of an account's owner, with what the asker has to say. */
export const errandPayloads = {
  sync_agents: z.strictObject({ dryRun: z.boolean() }),
  agent_devices: z.strictObject({
    agentId: z.number().int().positive(),
    /** null: only look */
    turn: z.enum(['on', 'off']).nullable(),
    /** null: the one that is meant where there is only one */
    deviceId: z.string().nullable(),
  }),
};

export type ErrandKind = keyof typeof errandPayloads;
export type ErrandPayload<Kind extends ErrandKind> = z.infer<(typeof errandPayloads)[Kind]>;

/** What comes back, as plain JSON. */
export interface ErrandAnswers {
  sync_agents: AgentSync;
  agent_devices: AgentDevices;
}
