import { Command } from 'commander';
import { chooseAccount } from '../campaigns/choose-account.ts';
import type { ChosenAccount } from '../campaigns/choose-account.ts';
import { UserError } from '../errors.ts';
import { incomingAddress } from '../incoming/incoming-address.ts';
import type { IncomingPurpose } from '../incoming/incoming-address.ts';
import { ringableAgents } from '../incoming/ringable-agents.ts';
import type { RingableAgents } from '../incoming/ringable-agents.ts';
import { callbackSecret } from '../results/callback-address.ts';
import { publicUrlOf } from '../serve.ts';
import { printJson } from './output.ts';
import { withSession } from './session.ts';
import type { Session } from './session.ts';

const notes = `
The addresses are secrets of this account: whoever knows one can say that a customer called or opted out. They stay the
same as long as DIALER_PUBLIC_URL and the database (or DIALER_SECRET) do. docs/incoming.md shows the flows.

Example:
  dialer incoming --account main`;

export function incomingCommand(): Command {
  return new Command('incoming')
    .description('the addresses to paste into call flows, for customers who call back or opt out by a key')
    .option('--account <name>', 'which account, where there are several')
    .option('--json', 'print one JSON document')
    .addHelpText('after', notes)
    .action((flags: { account?: string; json?: true }) =>
      withSession(async (session) => {
        const account = await chooseAccount(session.database, flags.account ?? null, 'with --account');
        const urls = await urlsOf(session, account);
        const agents = await ringableAgents(session.database, account.id);
        if (flags.json) printJson({ account: account.name, ...urls, agents });
        else process.stdout.write(`${render(account, urls, agents)}\n`);
      }),
    );
}

interface Urls {
  passthru: string;
  connect: string;
  optOut: string;
}

async function urlsOf({ database, config }: Session, account: ChosenAccount): Promise<Urls> {
  const publicUrl = publicUrlOf(config, null);
  if (publicUrl === null) {
    throw new UserError(
      'Exotel does not know where to reach this server: set DIALER_PUBLIC_URL to the address at which the internet does, ' +
        'such as https://dialer.example.com',
      { exitCode: 2 },
    );
  }
  const secret = await callbackSecret(database, config.secret);
  const urlFor = (purpose: IncomingPurpose): string =>
    incomingAddress(publicUrl, secret, { accountId: account.id, purpose });
  return { passthru: urlFor('passthru'), connect: urlFor('connect'), optOut: urlFor('opt_out') };
}

function render({ name }: ChosenAccount, urls: Urls, agents: RingableAgents): string {
  return [
    `Addresses of account ${name} for the applets of its call flows. Keep them to yourself.`,
    '',
    'Passthru applet, first in the flow of your ExoPhone (a customer called back), and right after a Gather applet (keys):',
    `  ${urls.passthru}`,
    'Connect applet, "Dial Whom" as a dynamic URL (whom to ring):',
    `  ${urls.connect}`,
    'Passthru applet in a branch of a flow that means "do not call me again", whatever key leads there:',
    `  ${urls.optOut}`,
    '',
    agentsSentence(agents),
  ].join('\n');
}

function agentsSentence({ total, withPhone }: RingableAgents): string {
  if (total === 0) return 'There are no agents yet: they come with a campaign.';
  if (withPhone === total) return `All ${total} agents have a phone number and can be rung.`;
  return `${withPhone} of ${total} agents have a phone number and can be rung; give the others a phone as contact_uri.`;
}
