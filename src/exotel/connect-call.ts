import type { Clock } from '../clock.ts';
import type { CallDetails } from './call-details.ts';
import { decideConnect } from './connect-errors.ts';
import type { Parties } from './connect-errors.ts';
import { readPlaceAnswer } from './place-answer.ts';
import type { PlaceAnswer } from './place-answer.ts';
import type { Transport } from './transport.ts';
import { callRecordsIn, readV1Body } from './v1-body.ts';
import { parseV1Call } from './v1-call.ts';
import { zoneShift } from './zone-shift.ts';

interface ConnectRequest {
  accountSid: string;
  /** Who is called first, in E.164. */
  from: string;
  /** An ExoPhone of the account. */
  callerId: string;
  recording: boolean;
  recordingChannels: 'single' | 'dual';
  /** Seconds each leg may ring. */
  ringSeconds: number;
  /** Seconds the whole call may last, 1 to 14 400. */
  maxSeconds: number;
  /** At most 128 characters. In a call to a flow nothing may depend on getting it back. */
  customField: string;
  /** Where Exotel reports the call; null for no callbacks. */
  callbackUrl: string | null;
}

/** `from` is the agent's phone. */
export interface ConnectNumbersRequest extends ConnectRequest {
  /** The customer's number in E.164. */
  to: string;
}

/** `from` is the customer's number. */
export interface ConnectToFlowRequest extends ConnectRequest {
  /** The flow (app) of the account that the customer is connected to. */
  appId: string;
}

/** What v1's times, which carry no zone, are read in and compared with. */
interface NaiveTimes {
  timeZone: string;
  /** Stands in for the `Date` of an answer. */
  clock: Clock;
}

const longestCustomField = 128;

/** Asks Exotel (Voice v1) to connect an agent's phone with a customer, once; never throws. */
export async function connectNumbers(
  transport: Transport,
  request: ConnectNumbersRequest,
  naive: NaiveTimes,
): Promise<PlaceAnswer> {
  const { callbackUrl, from, to } = request;
  const form = new URLSearchParams({ From: from, To: to, ...commonFields(request) });
  if (callbackUrl !== null) {
    form.set('StatusCallback', callbackUrl);
    // Indexed: the pages show four ways to write the list, and this one is what most clients run on.
    form.set('StatusCallbackEvents[0]', 'terminal');
    form.set('StatusCallbackEvents[1]', 'answered');
    form.set('StatusCallbackContentType', 'application/json');
  }
  return await connect(transport, request, form, { ...naive, customer: to, agent: from });
}

/**
 * Asks Exotel (Voice v1) to connect a customer with a flow, once; never throws. No events are asked for: the official
 * collection lists neither events nor a content type for such calls, a newer page says that they hold for two numbers
 * only, and the OpenAPI file alone takes them. Without them all three agree on what comes, one callback at the end
 * with four fields, and more than that nobody here needs.
 */
export async function connectToFlow(
  transport: Transport,
  request: ConnectToFlowRequest,
  naive: NaiveTimes,
): Promise<PlaceAnswer> {
  const { accountSid, appId, callbackUrl, from } = request;
  const form = new URLSearchParams({
    From: from,
    Url: `http://my.exotel.com/${encodeURIComponent(accountSid)}/exoml/start_voice/${encodeURIComponent(appId)}`,
    ...commonFields(request),
  });
  if (callbackUrl !== null) form.set('StatusCallback', callbackUrl);
  return await connect(transport, request, form, { ...naive, customer: from, agent: null });
}

function commonFields(request: ConnectRequest): Record<string, string> {
  return {
    CallerId: request.callerId,
    CallType: 'trans',
    TimeOut: String(request.ringSeconds),
    TimeLimit: String(request.maxSeconds),
    // Always sent: the pages disagree about the default.
    Record: String(request.recording),
    ...(request.recording ? { RecordingChannels: request.recordingChannels } : {}),
    CustomField: request.customField,
  };
}

async function connect(
  transport: Transport,
  { accountSid, customField }: ConnectRequest,
  form: URLSearchParams,
  { timeZone, clock, ...parties }: Parties & NaiveTimes,
): Promise<PlaceAnswer> {
  if (customField.length > longestCustomField) {
    const why = `the custom field is longer than ${longestCustomField} characters`;
    return { kind: 'unsent', why, fenced: false };
  }
  const result = await transport.send({
    method: 'POST',
    path: `/v1/Accounts/${encodeURIComponent(accountSid)}/Calls/connect.json`,
    body: { contentType: 'application/x-www-form-urlencoded', text: form.toString() },
  });
  if (result.kind === 'unsent') return result;
  if (result.kind === 'unknown') return { ...result, httpStatus: null };
  return readPlaceAnswer(result, {
    decide: (error) => decideConnect(error, parties),
    callIn: (body) => placedCallIn(body, timeZone),
    zoneShift: ({ raw }, date) => zoneShift(raw, timeZone, date ?? new Date(clock.now())),
  });
}

/** JSON was asked for, and XML is what v1 answers when it forgets that. */
function placedCallIn(body: string, timeZone: string): CallDetails | null {
  const answer = readV1Body(body);
  const records = answer === null ? [] : callRecordsIn(answer);
  return records.map((record) => parseV1Call(record, timeZone)).find((call) => call !== null) ?? null;
}
