import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { getCallDetails } from './get-call-details.ts';
import type { CallDetailsAnswer, CallDetailsApi } from './get-call-details.ts';
import { placeCall } from './place-call.ts';
import type { PlaceAnswer, PlaceCallRequest } from './place-call.ts';
import { createTransport } from './transport.ts';
import type { Credentials, Timeouts, TransportOptions } from './transport.ts';
import { listUsers } from './users.ts';
import type { UsersAnswer } from './users.ts';

export interface ExotelClientOptions {
  /** The host of Voice v2 and v3, as in `hostsByRegion` or given instead. */
  ccmUrl: string;
  accountSid: string;
  credentials: Credentials;
  /** Which API `getCallDetails` asks. */
  callDetails: CallDetailsApi;
  /** Asked right before any byte is written; a reason makes the request `unsent`. */
  fence: () => string | null;
  clock: Clock;
  timeouts?: Partial<Timeouts>;
  /** How a connection is made, where undici's own way will not do. */
  connect?: NonNullable<TransportOptions['connect']>;
  log?: Log;
}

/** One Exotel account over HTTP. Nothing here waits for a limit, repeats a request or throws. */
export interface ExotelClient {
  placeCall(request: Omit<PlaceCallRequest, 'accountSid'>): Promise<PlaceAnswer>;
  getCallDetails(callSid: string): Promise<CallDetailsAnswer>;
  /** A page of at most 50 users, the default. */
  listUsers(page: { offset: number; limit?: number }): Promise<UsersAnswer>;
  /** Takes no new request and waits for those under way. */
  close(): Promise<void>;
}

/** The client of one account. Throws UserError for a URL that cannot be used. */
export function createExotelClient(options: ExotelClientOptions): ExotelClient {
  const { ccmUrl, accountSid, fence, callDetails: api, ...rest } = options;
  const transport = createTransport({ ...rest, baseUrl: ccmUrl, mayWrite: fence });
  return {
    placeCall: (request) => placeCall(transport, { ...request, accountSid }),
    getCallDetails: (callSid) => getCallDetails(transport, { accountSid, callSid, api }),
    listUsers: (page) => listUsers(transport, { ...page, accountSid }),
    close: () => transport.close(),
  };
}
