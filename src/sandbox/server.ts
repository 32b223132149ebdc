import { fastify } from 'fastify';
import { UserError, messageOf } from '../errors.ts';
import type { Agent } from './agents.ts';
import type { Call } from './calls.ts';
import { registerControl } from './control.ts';
import { registerExotelApi } from './exotel-api.ts';
import type { Arrival } from './requests.ts';
import type { ScenarioInput } from './scenario.ts';
import { createSettings, type ControlPatch, type Settings } from './settings.ts';
import { truthOf, type Truth } from './truth.ts';
import { createWorld, type World } from './world.ts';

/** A running sandbox. */
export interface Sandbox {
  readonly url: string;
  readonly port: number;
  readonly settings: Settings;
  readonly agents: readonly Agent[];
  truth(): Truth;
  /** Every request in the order of arrival. */
  requests(): readonly Arrival[];
  /** Changes settings, agents or starts a storm; throws a UserError when the patch makes no sense. */
  control(patch: ControlPatch): void;
  /** Forgets all calls, requests and callbacks and starts anew with the settings as they stand. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export interface SandboxOptions {
  /** Loopback by default: the control paths ask for no password. */
  host?: string;
  /** 0, the default, takes a free one. */
  port?: number;
  /** Hears of every call that came to its end. */
  onSettled?: (call: Call) => void;
}

/** Starts a simulated Exotel. Throws a UserError for a bad scenario and for a port that is taken. */
export async function startSandbox(
  scenario: ScenarioInput = {},
  options: SandboxOptions = {},
): Promise<Sandbox> {
  const { host = '127.0.0.1', port = 0, onSettled = () => undefined } = options;
  const settings = createSettings(scenario);
  const server = fastify({ forceCloseConnections: true });
  let url = '';

  const newWorld = (): World =>
    createWorld({ settings, onSettled, recordingUrl: (sid) => `${url}/sandbox/recordings/${sid}.mp3` });
  let world = newWorld();

  const sandbox = {
    truth: () => truthOf(world),
    requests: () => world.requests.all(),
    control(patch: unknown) {
      const { acts, commit } = settings.prepare(patch);
      const changes = Object.entries(acts.agentStates).map(([id, state]) => {
        const agent = world.roster.byId(id);
        if (agent === undefined) throw new UserError(`agentStates: there is no agent ${id}`, { exitCode: 2 });
        return { agent, state };
      });
      commit();
      for (const { agent, state } of changes) world.roster.setState(agent, state);
      if (acts.storm !== undefined) world.admission.storm(acts.storm);
    },
    async reset() {
      const old = world;
      world = newWorld();
      await old.stop();
    },
  };

  registerExotelApi(server, () => world);
  registerControl(server, { ...sandbox, settings });
  url = await listen(server, { host, port });

  return {
    ...sandbox,
    url,
    port: Number(new URL(url).port),
    settings,
    get agents() {
      return world.roster.all;
    },
    async close() {
      await world.stop();
      await server.close();
    },
  };
}

async function listen(
  server: ReturnType<typeof fastify>,
  at: { host: string; port: number },
): Promise<string> {
  try {
    return await server.listen(at);
  } catch (error) {
    await server.close();
    throw new UserError(whyNotListening(error, at), { cause: error });
  }
}

function whyNotListening(error: unknown, { host, port }: { host: string; port: number }): string {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is in use: end what listens there, or choose another with --port`;
  }
  return `Cannot listen on ${host}:${port}: ${messageOf(error)}`;
}
