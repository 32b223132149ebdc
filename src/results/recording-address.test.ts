import { describe, expect, test } from 'vitest';
import { readRecordingAddress } from './recording-address.ts';

const sandbox = ['http://127.0.0.1:4100', 'http://127.0.0.1:4100/'];

const read = (text: string, apiUrls = ['https://ccm-api.exotel.com', 'https://api.exotel.com']) => {
  const reading = readRecordingAddress(text, apiUrls);
  return 'problem' in reading ? reading.problem : [reading.url.href, reading.credentials];
};

describe('credentials go to', () => {
  test.each([
    'https://recordings.exotel.com/exotelrecordings/sid/call.mp3',
    'https://api.in.exotel.com/recordings/call.mp3',
    'https://RECORDINGS.Exotel.com/call.mp3',
    'https://s3.exotel.in/call.mp3',
    'https://exotel.com/call.mp3',
  ])('Exotel: %s', (text) => {
    expect(read(text)).toEqual([new URL(text).href, true]);
  });

  test('the hosts that the account is set to, by their scheme and port', () => {
    expect(read('http://127.0.0.1:4100/sandbox/recordings/a.mp3', sandbox)).toEqual([
      'http://127.0.0.1:4100/sandbox/recordings/a.mp3',
      true,
    ]);
    expect(read('http://127.0.0.1:4101/a.mp3', sandbox)).toEqual(['http://127.0.0.1:4101/a.mp3', false]);
    expect(read('https://127.0.0.1:4100/a.mp3', sandbox)).toEqual(['https://127.0.0.1:4100/a.mp3', false]);
  });
});

test.each([
  'https://s3-ap-southeast-1.amazonaws.com/exotelrecordings/call.mp3',
  'https://exotel.com.example.net/call.mp3',
  'https://evilexotel.com/call.mp3',
  'https://recordings.exotel.com.:443/call.mp3',
  'https://recordings.exotel.com:8443/call.mp3',
  'https://example.net/?host=recordings.exotel.com',
])('and to nobody else: %s', (text) => {
  expect(read(text)).toEqual([new URL(text).href, false]);
});

test('Exotel is asked by https even where the address says http', () => {
  expect(read('http://recordings.exotel.com/call.mp3')).toEqual([
    'https://recordings.exotel.com/call.mp3',
    true,
  ]);
});

test('credentials within an address are not used', () => {
  expect(read('https://recordings.exotel.com@example.net/call.mp3')).toEqual([
    'https://example.net/call.mp3',
    false,
  ]);
});

test.each([
  'https://api.exotel.com/v1/Accounts/a/Calls/b/recording.mp3',
  'https://ccm-api.in.exotel.com/v3/accounts/a/calls/b',
])('what lies behind the API, whose requests are limited, is left alone: %s', (text) => {
  expect(read(text)).toContain('behind the API itself');
});

test('and so is it behind a host that the account is set to', () => {
  expect(read('http://127.0.0.1:4100/proxy/v2/a.mp3', ['http://127.0.0.1:4100/proxy'])).toContain(
    'behind the API',
  );
  expect(read('http://127.0.0.1:4100/v2/a.mp3', ['http://127.0.0.1:4100/proxy'])).toEqual([
    'http://127.0.0.1:4100/v2/a.mp3',
    true,
  ]);
});

test.each(['not a url', 'file:///etc/passwd', 'ftp://recordings.exotel.com/a.mp3'])(
  '%s is no address',
  (text) => {
    expect(read(text)).toMatch(/^its address is no/);
  },
);
