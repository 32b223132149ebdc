import { hostsByRegion } from '../exotel/hosts.ts';

/** Where a recording is fetched from, and whether the account's credentials may go there. */
export interface RecordingAddress {
  url: URL;
  /** Basic auth of the account is sent; never to anybody but Exotel or the hosts that the account is set to */
  credentials: boolean;
}

export type RecordingAddressReading = RecordingAddress | { problem: string };

/** Exotel's domains; recordings of several years are spread over them. */
const exotelDomains = ['exotel.com', 'exotel.in'];

/** Paths of the API itself: a request there counts against the account's limit. */
const apiPath = /^\/v\d+\//;

/**
 * Reads the address of a recording as a callback or a call's details gave it. Anybody else's host (S3 and the like)
 * takes the request without credentials, and a plain http address of Exotel's is asked by https.
 * @param apiUrls the hosts of Exotel's API that the account is set to
 */
export function readRecordingAddress(text: string, apiUrls: readonly string[]): RecordingAddressReading {
  if (!URL.canParse(text)) return { problem: 'its address is no URL' };
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return { problem: 'its address is no http(s) URL' };
  url.username = '';
  url.password = '';
  const configured = apiUrls.map((apiUrl) => new URL(apiUrl));
  const ofAccount = configured.find((api) => api.origin === url.origin);
  const ofExotel = isExotel(url);
  if (ofExotel && ofAccount === undefined) url.protocol = 'https:';
  if (isApiRequest(url, ofAccount)) {
    return {
      problem:
        'it lies behind the API itself, whose limit belongs to the worker: this command does not fetch it',
    };
  }
  return { url, credentials: ofAccount !== undefined || ofExotel };
}

/** By its own name and port alone: what only looks like it (`exotel.com.example.net`) is somebody else's. */
function isExotel({ hostname, port }: URL): boolean {
  return (
    port === '' && exotelDomains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`))
  );
}

function isApiRequest(url: URL, ofAccount: URL | undefined): boolean {
  if (ofAccount !== undefined) {
    const prefix = ofAccount.pathname.replace(/\/+$/, '');
    return url.pathname.startsWith(prefix) && apiPath.test(url.pathname.slice(prefix.length));
  }
  const apiHosts = Object.values(hostsByRegion).flatMap(({ v1Url, ccmUrl }) => [v1Url, ccmUrl]);
  return apiHosts.some((api) => new URL(api).hostname === url.hostname) && apiPath.test(url.pathname);
}
