import { Command, InvalidArgumentError } from 'commander';
import type { Agent } from '../sandbox/agents.ts';
import { talkSeconds, type Call } from '../sandbox/calls.ts';
import { masked } from '../sandbox/phone.ts';
import { readScenarioFile } from '../sandbox/scenario-file.ts';
import type { AgentState, ScenarioInput } from '../sandbox/scenario.ts';
import { startSandbox, type Sandbox } from '../sandbox/server.ts';

interface SandboxFlags {
  scenario?: string;
  host: string;
  port: number;
  speed?: number;
  seed?: number;
  quiet: boolean;
  json: boolean;
}

const examples = `
Examples:
  dialer sandbox                             a rehearsal at ten times the pace of life
  dialer sandbox --scenario bad-day.yaml     lost callbacks, cut answers, agents that are away
  dialer sandbox --speed 1 --port 4200       real time, another port
  curl http://127.0.0.1:4100/sandbox/truth   what really happened, call by call

Everything in a scenario file may be left out:
  seed: 7
  agents: { count: 20, off: 2, busy: 3 }
  outcomes: { connected: 60, no_answer: 30, busy: 10 }
  numbers: { "+919800000001": { sequence: [no_answer, connected] } }
  callbacks: { faults: { lost: 0.05, doubled: 0.05 } }
  answers: { placing: { cut_after: 0.01 } }
  flow: { digits: { "9": 0.05 }, passthruUrl: http://127.0.0.1:3000/... }
  v1: { detailsAfter: 30s, callbackForm: urlencoded }
docs/sandbox.md has all of them.`;

/** `dialer sandbox`: a simulated Exotel that runs until it is told to stop. */
export function sandboxCommand(): Command {
  return new Command('sandbox')
    .description('Simulate Exotel, to rehearse a campaign before the first real call')
    .option('--scenario <file>', 'agents, outcomes and faults, in YAML')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 takes a free one', wholeNumber(0, 65_535), 4100)
    .option('--speed <factor>', 'how many times as fast as life calls go', positiveNumber)
    .option('--seed <number>', 'another course of events', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .option('--quiet', 'no line for each call', false)
    .option('--json', 'describe the sandbox on stdout as one JSON document', false)
    .addHelpText('after', examples)
    .action(runSandbox);
}

async function runSandbox(flags: SandboxFlags): Promise<void> {
  // Whoever reads the first line may send the signal at once: listen before it is written.
  const told = toldToStop();
  const given = flags.scenario === undefined ? {} : await readScenarioFile(flags.scenario);
  const scenario: ScenarioInput = {
    ...given,
    ...(flags.speed !== undefined && { speed: flags.speed }),
    ...(flags.seed !== undefined && { seed: flags.seed }),
  };
  const sandbox = await startSandbox(scenario, {
    host: flags.host,
    port: flags.port,
    onSettled: (call) => {
      if (!flags.quiet) process.stderr.write(callLine(call));
    },
  });
  process.stderr.write(flags.json ? '' : welcome(sandbox, flags.host));
  if (flags.json) process.stdout.write(`${JSON.stringify(description(sandbox))}\n`);

  await told;
  await sandbox.close();
}

function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

function callLine(call: Call): string {
  const agent =
    call.agentLeg === null ? 'flow' : (call.agentLeg.agent?.id ?? masked(call.agentLeg.contactUri));
  const talk = call.plan.outcome === 'connected' ? `  ${talkSeconds(call)} s` : '';
  const time = call.placedAt.toTimeString().slice(0, 8);
  return `${time}  ${agent}  ${masked(call.customer)}  ${call.plan.outcome}${talk}\n`;
}

function welcome(sandbox: Sandbox, host: string): string {
  const { callerIds, speed, limit, seed } = sandbox.settings.current;
  const open = ['127.0.0.1', '::1', 'localhost'].includes(host)
    ? ''
    : `Anyone who reaches ${host} can read and change this sandbox: /sandbox asks for no password.\n`;
  return `A simulated Exotel listens on ${sandbox.url}. Nothing here reaches a real phone.
${open}
Point the dialer at it:

${environment(sandbox)
  .map(([name, value]) => `  export ${name}=${value}`)
  .join('\n')}

Caller ID  ${callerIds.join(', ')}
Agents     ${roster(sandbox).join('\n           ')}
Pace       ${speed} times as fast as life, seed ${seed}
Limit      ${limit.requests} requests in any ${limit.window / 1000} s of real time
Truth      ${sandbox.url}/sandbox/truth

`;
}

function environment({ url, settings }: Sandbox): [name: string, value: string][] {
  const { sid, key, token } = settings.current.account;
  return [
    ['EXOTEL_ACCOUNT_SID', sid],
    ['EXOTEL_API_KEY', key],
    ['EXOTEL_API_TOKEN', token],
    ['EXOTEL_CCM_URL', url],
    ['EXOTEL_API_URL', url],
  ];
}

const stateWords: Readonly<Record<AgentState, string>> = {
  available: 'available',
  off: 'device switched off',
  busy: 'on calls of their own now and then',
  unverified: 'device not verified',
  toggling: 'device off now and then',
  no_device: 'no device',
};

/** One line for each run of neighbours in the same state. */
function roster({ agents }: Sandbox): string[] {
  const runs: { first: Agent; last: Agent }[] = [];
  for (const agent of agents) {
    const run = runs.at(-1);
    if (run?.last.state === agent.state) run.last = agent;
    else runs.push({ first: agent, last: agent });
  }
  return runs.map(({ first, last }) => {
    const { contactUri } = first.device;
    const who =
      first === last ? `${first.id} (${contactUri})` : `${first.id} to ${last.id} (${contactUri} and on)`;
    return `${who}: ${stateWords[first.state]}`;
  });
}

function description(sandbox: Sandbox): Record<string, unknown> {
  const { account, callerIds, seed, speed, limit } = sandbox.settings.current;
  return {
    url: sandbox.url,
    port: sandbox.port,
    accountSid: account.sid,
    key: account.key,
    token: account.token,
    environment: Object.fromEntries(environment(sandbox)),
    callerIds,
    agents: sandbox.agents.map(({ id, firstName, lastName, device, state }) => ({
      user_id: id,
      name: `${firstName} ${lastName}`.trim(),
      contact_uri: device.contactUri,
      state,
    })),
    seed,
    speed,
    requestsPerWindow: limit.requests,
    windowMs: limit.window,
  };
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
  };
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('expected a number above 0');
}
