import { onTestFinished } from 'vitest';
import { systemClock } from '../../clock.ts';
import { createExotelClient } from '../client.ts';
import type { ExotelClient, ExotelClientOptions } from '../client.ts';
import type { ConnectNumbersRequest, ConnectToFlowRequest } from '../connect-call.ts';
import type { PlaceCallRequest } from '../place-call.ts';

export const credentials = { key: 'the-api-key-of-a-test', token: 'the-api-token-of-a-test' };

/** A client of a test's own server; it ends with the test. */
export function clientOf(ccmUrl: string, options: Partial<ExotelClientOptions> = {}): ExotelClient {
  const client = createExotelClient({
    ccmUrl,
    v1Url: ccmUrl,
    accountSid: 'exotel1',
    credentials,
    callDetails: 'v2',
    fence: () => null,
    clock: systemClock,
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

export const someCall: Omit<PlaceCallRequest, 'accountSid'> = {
  from: { userId: 'user-1', contactUri: '+919900000002' },
  to: '+919900000001',
  callerId: '+918040000000',
  recording: true,
  recordingChannels: 'dual',
  ringSeconds: 30,
  maxSeconds: 1800,
  customField: 'attempt-1',
  callbackUrl: 'https://dialer.example/callbacks/1',
};

const someV1Call = {
  callerId: '+918040000000',
  recording: true,
  recordingChannels: 'dual',
  ringSeconds: 30,
  maxSeconds: 1800,
  customField: 'attempt-1',
  callbackUrl: 'https://dialer.example/callbacks/1',
} as const;

/** From the agent's phone to the customer. */
export const someNumbers: Omit<ConnectNumbersRequest, 'accountSid'> = {
  ...someV1Call,
  from: '+919900000002',
  to: '+919900000001',
};

/** From the customer to a flow. */
export const someFlow: Omit<ConnectToFlowRequest, 'accountSid'> = {
  ...someV1Call,
  from: '+919900000001',
  appId: '208287',
};
