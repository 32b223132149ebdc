import type { ApiError } from './envelope.ts';
import {
  decide,
  describesDoNotDisturb,
  doNotDisturb,
  unknownAccount,
  unlistedVerdict,
} from './error-codes.ts';
import type { Verdict } from './error-codes.ts';

/** Whose numbers a v1 placing request carries; there is no agent in a call to a flow. */
export interface Parties {
  customer: string;
  agent: string | null;
}

/** What in a request Exotel's message speaks of. */
type Subject = 'customer' | 'agent' | 'caller_id' | 'flow' | 'not_sent';

/**
 * What an error of v1's connect means. v1 has no table of codes: 400 and 404 are read by the parameter that the
 * message names, and one that names none, or several, stops the account, so that it burns no contact.
 */
export function decideConnect(error: ApiError, parties: Parties): Verdict {
  const general = decide(error);
  if (general.decision === 'throttled' || general.decision === 'internal') return general;
  if (describesDoNotDisturb(error)) return doNotDisturb;
  const hasStatus = (status: number) => error.httpStatus === status || error.statedStatus === status;
  if (hasStatus(400)) return byParameter(error, parties) ?? unlistedVerdict;
  if (hasStatus(404)) return missingThing(byParameter(error, parties));
  // An agent is nobody whom a call to a flow could have been refused for.
  return parties.agent === null && isAgents(general) ? unlistedVerdict : general;
}

function byParameter(error: ApiError, parties: Parties): Verdict | null {
  const named = subjectsIn(`${error.message ?? ''} ${error.description ?? ''}`, parties);
  const [subject] = named;
  return subject === undefined || named.size > 1 ? null : verdicts[subject];
}

/** A 404 speaks of a resource: a flow or an ExoPhone may be missing, otherwise it is the account. */
function missingThing(named: Verdict | null): Verdict {
  return named?.decision === 'pause_campaign' ? named : unknownAccount;
}

function isAgents({ decision }: Verdict): boolean {
  return (
    decision === 'agent_busy' ||
    decision === 'agent_unavailable' ||
    decision === 'agent_disabled' ||
    decision === 'voip_not_allowed'
  );
}

const verdicts: Readonly<Record<Subject, Verdict | null>> = {
  not_sent: null,
  customer: {
    decision: 'rejected',
    meaning: "Exotel does not take the customer's number",
    advice: null,
    listed: true,
  },
  agent: {
    decision: 'agent_disabled',
    meaning: "Exotel does not take the agent's phone number",
    advice:
      'Correct the phone of this agent in the list of agents that the next campaign names, and resume the agent.',
    listed: true,
  },
  caller_id: {
    decision: 'pause_campaign',
    meaning: 'Exotel does not take the caller ID',
    advice:
      'Put one of the ExoPhones of this account under callerIds in the campaign file, then resume the campaign with --file.',
    listed: true,
  },
  flow: {
    decision: 'pause_campaign',
    meaning: 'Exotel does not take the flow',
    advice:
      'Put the app id of a flow of this account under flow in the campaign file, then resume the campaign with --file.',
    listed: true,
  },
};

function subjectsIn(text: string, { customer, agent }: Parties): Set<Subject> {
  const first: Subject = agent === null ? 'customer' : 'agent';
  const found = new Set<Subject>();
  if (namesParameter(text, 'From') || (agent !== null && quotesNumber(text, agent))) found.add(first);
  if (namesParameter(text, 'To')) found.add(agent === null ? 'not_sent' : 'customer');
  if (quotesNumber(text, customer)) found.add('customer');
  if (/caller[\s_-]?id\b|\bexo\s?phone|\bvirtual[\s_-]?number/i.test(text)) found.add('caller_id');
  if (namesParameter(text, 'Url') || /\bflow\b|\bexoml\b|\bapp(?:let)?[\s_-]?id\b/i.test(text))
    found.add('flow');
  return found;
}

/**
 * A parameter in quotes or brackets, or as Exotel capitalises it beside a word that shows it to be one: "to" and
 * "from" are also plain English.
 */
function namesParameter(text: string, name: string): boolean {
  const quoted = new RegExp(`['"\`‘“[(<]${name}['"\`’”\\])>]`, 'i');
  const before = '(?:[Pp]arameters?|[Ff]ields?|[Vv]alue (?:of|for)|[Ii]nvalid|[Mm]issing|[Ww]rong)';
  const after = '(?:parameter|field|value|number|is|was|must|has|should|cannot)';
  const plain = new RegExp(`\\b${before}:?\\s+${name}\\b|\\b${name}\\s+${after}\\b|^\\s*${name}\\s*:`);
  return quoted.test(text) || plain.test(text);
}

/** National and international forms share their last ten digits; fewer than eight are too few to tell by. */
function quotesNumber(text: string, number: string): boolean {
  const digits = number.replaceAll(/\D/g, '').slice(-10);
  return digits.length >= 8 && text.replaceAll(/(?<=\d)[\s-](?=\d)/g, '').includes(digits);
}
