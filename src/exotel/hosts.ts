export const regions = ['singapore', 'mumbai'] as const;
export type Region = (typeof regions)[number];

export interface Hosts {
  /** Voice v1, number metadata, campaigns. */
  v1Url: string;
  /** Voice v2 and v3 and users. */
  ccmUrl: string;
}

/** Exotel's hosts by region (its v1, v2 and v3 overviews); an account lives in one region and is unknown in the other. */
export const hostsByRegion: Readonly<Record<Region, Hosts>> = {
  singapore: { v1Url: 'https://api.exotel.com', ccmUrl: 'https://ccm-api.exotel.com' },
  mumbai: { v1Url: 'https://api.in.exotel.com', ccmUrl: 'https://ccm-api.in.exotel.com' },
};
