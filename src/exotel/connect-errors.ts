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
  if (general.decision === 'do_not_disturb' || describesDoNotDisturb(error))
    return onRegister(error, parties);
  const hasStatus = (status: number) => error.httpStatus === status || error.statedStatus === status;
  if (hasStatus(400)) return byParameter(error, parties) ?? unlistedVerdict;
  if (hasStatus(404)) return missingThing(byParameter(error, parties));
  // An agent is nobody whom a call to a flow could have been refused for.
  return parties.agent === null && isAgents(general) ? unlistedVerdict : general;
}

/**
 * Whose number is on the register: v1 checks the agent's too, since that is the one it dials first. Where the message
 * does not tell, nobody is taken off the list: a single agent whose number is on it would else take customer after
 * customer with them. This agent sits out for a minute and another one is tried; a customer refused with several agents
 * in a row is put back and in the end held, and none of these requests rings anybody.
 */
function onRegister({ message, description }: ApiError, { customer, agent }: Parties): Verdict {
  if (agent === null) return doNotDisturb;
  const written = numbersIn(`${message ?? ''} ${description ?? ''}`);
  const fitsCustomer = written.some((text) => fits(text, customer));
  const fitsAgent = written.some((text) => fits(text, agent));
  if (fitsCustomer === fitsAgent) return unclearRegister;
  return fitsCustomer ? doNotDisturb : agentOnRegister;
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

const agentOnRegister: Verdict = {
  decision: 'agent_disabled',
  meaning: "the agent's phone number is on the do-not-disturb register",
  advice:
    'Give the agent a number that is not on it, or have Exotel open the account for such calls, then resume the agent.',
  listed: true,
};

const unclearRegister: Verdict = {
  decision: 'agent_unavailable',
  meaning:
    "the agent's or the customer's number is on the do-not-disturb register, and Exotel does not say which",
  advice: null,
  listed: true,
};

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

/** Whatever may be a phone number, masked ones (`0XXXXX30240`) included, without what stands between its digits. */
function numbersIn(text: string): string[] {
  const found = text.match(/\+?[\dXx*](?:[\s-]?[\dXx*])+/g) ?? [];
  return found.map((number) => number.replaceAll(/[^\dXx*]/g, ''));
}

/** Whether a number as written can be this one: from its end on each digit that is shown is the same, four at least. */
function fits(written: string, number: string): boolean {
  const end = written.slice(-10);
  const isTold = end.replaceAll(/\D/g, '').length >= 4;
  return isTold && new RegExp(`${end.replaceAll(/\D/g, '\\d')}$`).test(number);
}
