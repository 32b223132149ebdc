import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { listActiveCalls } from './active-calls.ts';
import type { ActiveCallsAnswer } from './active-calls.ts';
import { connectNumbers, connectToFlow } from './connect-call.ts';
import type { ConnectNumbersRequest, ConnectToFlowRequest } from './connect-call.ts';
import { eitherHost } from './either-host.ts';
import { getCallDetails } from './get-call-details.ts';
import type { CallDetailsAnswer, CallDetailsApi } from './get-call-details.ts';
import { getNumber } from './number-metadata.ts';
import type { NumberAnswer } from './number-metadata.ts';
import { getV1Call } from './get-v1-call.ts';
import { listV1Calls } from './list-v1-calls.ts';
import type { CallListAnswer, CallListQuery } from './list-v1-calls.ts';
import type { PlaceAnswer } from './place-answer.ts';
import { placeCall } from './place-call.ts';
import type { PlaceCallRequest } from './place-call.ts';
import { indianTime } from './times.ts';
import { createTransport } from './transport.ts';
import type { Credentials, Timeouts, TransportOptions } from './transport.ts';
import { getUser, switchDevice } from './devices.ts';
import type { SwitchAnswer, UserAnswer } from './devices.ts';
import { listUsers } from './users.ts';
import type { UsersAnswer, UsersPage } from './users.ts';
import { getVoiceLog } from './voice-log.ts';
import type { VoiceLogAnswer } from './voice-log.ts';

export interface ExotelClientOptions {
  /** The host of Voice v2 and v3, as in `hostsByRegion` or given instead. */
  ccmUrl: string;
  /** The host of Voice v1, likewise. */
  v1Url: string;
  accountSid: string;
  credentials: Credentials;
  /** Which API `getCallDetails` asks. */
  callDetails: CallDetailsApi;
  /** The zone of v1's times, which carry none; Asia/Kolkata unless given. */
  timeZone?: string;
  /** Asked right before any byte is written; a reason makes the request `unsent`. */
  fence: () => string | null;
  /** Ends reading requests that are under way, as unanswered; those that place a call are never cut short. */
  abandonReads?: AbortSignal;
  clock: Clock;
  timeouts?: Partial<Timeouts>;
  /** How a connection is made, where undici's own way will not do. */
  connect?: NonNullable<TransportOptions['connect']>;
  log?: Log;
}

/** One Exotel account over HTTP. Nothing here waits for a limit, repeats a request or throws. */
export interface ExotelClient {
  /** Voice v2: an agent of the dashboard first, then the customer. */
  placeCall(request: Omit<PlaceCallRequest, 'accountSid'>): Promise<PlaceAnswer>;
  /** Voice v1: an agent's plain phone first, then the customer. */
  connectNumbers(request: Omit<ConnectNumbersRequest, 'accountSid'>): Promise<PlaceAnswer>;
  /** Voice v1: the customer, then a flow. */
  connectToFlow(request: Omit<ConnectToFlowRequest, 'accountSid'>): Promise<PlaceAnswer>;
  /** Voice v2 or v3, as `callDetails` says. */
  getCallDetails(callSid: string): Promise<CallDetailsAnswer>;
  /** Voice v1, with the legs. */
  getV1Call(callSid: string): Promise<CallDetailsAnswer>;
  /** Voice v1: up to 100 calls that are over, without their legs. */
  listV1Calls(query: CallListQuery): Promise<CallListAnswer>;
  /** Voice v3: the calls that run now. A 404 makes the next question go to the other host. */
  listActiveCalls(): Promise<ActiveCallsAnswer>;
  /** Voice v3: where a recording lies. `not_found` may be the host's fault; the next question goes to the other one. */
  getVoiceLog(callSid: string): Promise<VoiceLogAnswer>;
  /** Whether one of the two hosts has told of a recording; until then `not_found` may be the wrong host's word. */
  knowsHostOfVoiceLogs(): boolean;
  /** A page of at most 50 users, the default. */
  listUsers(page: UsersPage): Promise<UsersAnswer>;
  getUser(userId: string): Promise<UserAnswer>;
  switchDevice(device: { userId: string; deviceId: string; available: boolean }): Promise<SwitchAnswer>;
  /** Voice v1: what Exotel knows of an Indian number, the do-not-disturb register above all. */
  getNumber(number: string): Promise<NumberAnswer>;
  /** Takes no new request and waits for those under way. */
  close(): Promise<void>;
}

/** The client of one account. Throws UserError for a URL that cannot be used. */
export function createExotelClient(options: ExotelClientOptions): ExotelClient {
  const { ccmUrl, v1Url, accountSid, fence, callDetails: api, timeZone = indianTime, ...rest } = options;
  const transport = createTransport({ ...rest, baseUrl: ccmUrl, mayWrite: fence });
  const v1 = createTransport({ ...rest, baseUrl: v1Url, mayWrite: fence });
  const naive = { timeZone, clock: options.clock };
  const activeCallsHost = eitherHost(transport, v1);
  const voiceLogHost = eitherHost(transport, v1);
  const noted = (answer: CallDetailsAnswer): CallDetailsAnswer => {
    const { firstLegTries = null, callSid = null } = answer.kind === 'details' ? answer.details : {};
    if ((firstLegTries ?? 0) > 1) {
      options.log?.warn(
        { callSid, tries: firstLegTries },
        'Exotel dialled the first phone of a call more than once',
      );
    }
    return answer;
  };
  return {
    placeCall: (request) => placeCall(transport, { ...request, accountSid }),
    connectNumbers: (request) => connectNumbers(v1, { ...request, accountSid }, naive),
    connectToFlow: (request) => connectToFlow(v1, { ...request, accountSid }, naive),
    getCallDetails: async (callSid) => noted(await getCallDetails(transport, { accountSid, callSid, api })),
    getV1Call: async (callSid) => noted(await getV1Call(v1, { accountSid, callSid, timeZone })),
    listV1Calls: (query) => listV1Calls(v1, { ...query, accountSid, timeZone }),
    listActiveCalls: () => listActiveCalls(activeCallsHost, { accountSid }),
    knowsHostOfVoiceLogs: () => voiceLogHost.known(),
    getVoiceLog: (callSid) => getVoiceLog(voiceLogHost, { accountSid, callSid }),
    listUsers: (page) => listUsers(transport, { ...page, accountSid }),
    getUser: (userId) => getUser(transport, { accountSid, userId }),
    switchDevice: (device) => switchDevice(transport, { ...device, accountSid }),
    getNumber: (number) => getNumber(v1, { accountSid, number }),
    close: async () => {
      await Promise.all([transport.close(), v1.close()]);
    },
  };
}
