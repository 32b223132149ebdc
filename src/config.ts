import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { namedTimeZone } from './campaigns/time-zone.ts';
import { UserError } from './errors.ts';
import { hostsByRegion, regions } from './exotel/hosts.ts';
import { indianTime } from './exotel/times.ts';

/** One Exotel account as the dialer speaks to it. Credentials are absent where a command does not need them. */
export interface AccountConfig {
  name: string;
  sid: string;
  credentials: { key: string; token: string };
  /** Voice v2 and v3, without a trailing slash. */
  ccmUrl: string;
  /** Voice v1, likewise. */
  v1Url: string;
  /** Named zone of the times that Exotel prints without one. */
  timeZone: string;
  requestsPerMinute: number;
  callsPerMinute: number | null;
  maxConcurrentLegs: number | null;
  callDetails: 'v2' | 'v3';
}

/** Times of the machinery, in ms. Settings, so that fault runs can be quick; their defaults are what is promised. */
export interface Timings {
  /** The provider's sliding window that the request limit speaks of. */
  windowMs: number;
  /** How long ownership lasts without a renewal. */
  leaseMs: number;
}

export interface Config {
  databaseUrl: string | null;
  dataDirectory: string;
  host: string;
  port: number;
  publicUrl: string | null;
  adminToken: string | null;
  secret: string | null;
  accounts: AccountConfig[];
  logLevel: string;
  timings: Timings;
}

const url = z
  .url({ protocol: /^https?$/, error: 'expected a URL such as https://ccm-api.exotel.com' })
  .transform((value) => value.replace(/\/+$/, ''));
const wholeNumber = z.coerce.number({ error: 'expected a whole number' }).int().positive();
const timeZone = z.string().transform((name, context) => {
  const zone = namedTimeZone(name);
  if (zone !== null) return zone;
  context.addIssue({ code: 'custom', message: 'expected the name of a time zone, such as Asia/Kolkata' });
  return z.NEVER;
});
const sid = z.string().regex(/^[A-Za-z0-9_.-]+$/, 'expected letters, digits, dot, dash or underscore');

const accountFields = {
  EXOTEL_ACCOUNT_SID: sid.optional(),
  EXOTEL_API_KEY: z.string().min(1).optional(),
  EXOTEL_API_TOKEN: z.string().min(1).optional(),
  EXOTEL_REGION: z.enum(regions).default('singapore'),
  EXOTEL_API_URL: url.optional(),
  EXOTEL_CCM_URL: url.optional(),
  EXOTEL_TIMEZONE: timeZone.default(indianTime),
  EXOTEL_REQUESTS_PER_MINUTE: wholeNumber.max(10_000).default(198),
  EXOTEL_CALLS_PER_MINUTE: wholeNumber.optional(),
  EXOTEL_MAX_CONCURRENT_LEGS: wholeNumber.optional(),
  EXOTEL_CALL_DETAILS: z.enum(['v2', 'v3']).default('v2'),
};

const environment = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'expected postgres://user:password@host:port/database')
    .optional(),
  DIALER_DATA_DIR: z.string().min(1).default('.dialer'),
  DIALER_HOST: z.string().min(1).default('127.0.0.1'),
  DIALER_PORT: z.coerce.number({ error: 'expected a port number' }).int().min(0).max(65_535).default(3000),
  DIALER_PUBLIC_URL: url.optional(),
  DIALER_ADMIN_TOKEN: z.string().min(16, 'expected at least 16 characters').optional(),
  DIALER_SECRET: z.string().min(16, 'expected at least 16 characters').optional(),
  DIALER_ACCOUNTS_FILE: z.string().min(1).optional(),
  DIALER_WINDOW_SECONDS: z.coerce.number().min(1).max(600).default(60),
  DIALER_LEASE_SECONDS: z.coerce.number().min(0.5).max(60).default(4),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('warn'),
  ...accountFields,
});

type Environment = z.infer<typeof environment>;

const accountEntry = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'expected letters, digits, dash or underscore'),
  sid,
  key: z.string().min(1),
  token: z.string().min(1),
  region: accountFields.EXOTEL_REGION,
  ccmUrl: url.optional(),
  apiUrl: url.optional(),
  timezone: accountFields.EXOTEL_TIMEZONE,
  requestsPerMinute: accountFields.EXOTEL_REQUESTS_PER_MINUTE,
  callsPerMinute: accountFields.EXOTEL_CALLS_PER_MINUTE,
  maxConcurrentLegs: accountFields.EXOTEL_MAX_CONCURRENT_LEGS,
  callDetails: accountFields.EXOTEL_CALL_DETAILS,
});
const accountsFile = z.strictObject({ accounts: z.array(accountEntry).min(1) });

/** The names of all settings, and the keys of an account in the accounts file; a test holds the documents to them. */
export const settingNames: readonly string[] = Object.keys(environment.shape);
export const accountKeys: readonly string[] = Object.keys(accountEntry.shape);

/**
 * Reads the whole configuration from the environment and a `.env` file beside the command (the environment wins).
 * @throws UserError with exit code 2 that lists every wrong or unknown setting
 */
export function readConfig(
  variables: Record<string, string | undefined>,
  directory: string = process.cwd(),
): Config {
  const merged = { ...readEnvFile(resolve(directory, '.env')), ...presentOnly(variables) };
  const problems = unknownNames(merged);
  const parsed = environment.safeParse(merged);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) problems.push(`${String(issue.path[0])}: ${issue.message}`);
  }
  if (!parsed.success || problems.length > 0) {
    throw new UserError(`wrong settings: ${problems.join('; ')}`, { exitCode: 2 });
  }
  const settings = parsed.data;
  return {
    databaseUrl: settings.DATABASE_URL ?? null,
    dataDirectory: resolve(directory, settings.DIALER_DATA_DIR),
    host: settings.DIALER_HOST,
    port: settings.DIALER_PORT,
    publicUrl: settings.DIALER_PUBLIC_URL ?? null,
    adminToken: settings.DIALER_ADMIN_TOKEN ?? null,
    secret: settings.DIALER_SECRET ?? null,
    accounts:
      settings.DIALER_ACCOUNTS_FILE === undefined
        ? accountOf(settings)
        : readAccountsFile(resolve(directory, settings.DIALER_ACCOUNTS_FILE), merged),
    logLevel: settings.LOG_LEVEL,
    timings: {
      windowMs: settings.DIALER_WINDOW_SECONDS * 1000,
      leaseMs: settings.DIALER_LEASE_SECONDS * 1000,
    },
  };
}

/**
 * The accounts to speak to Exotel for.
 * @throws UserError naming what is missing when there is none
 */
export function requireAccounts(config: Config): AccountConfig[] {
  if (config.accounts.length > 0) return config.accounts;
  throw new UserError(
    'no Exotel account is set: put EXOTEL_ACCOUNT_SID, EXOTEL_API_KEY and EXOTEL_API_TOKEN into the environment or .env ' +
      '(to try without one, run `dialer sandbox` and use the settings that it prints)',
    { exitCode: 2 },
  );
}

/** The configuration as it may be printed: everything but the secrets. */
export function describeConfig(config: Config): Record<string, unknown> {
  return {
    database:
      config.databaseUrl === null ? `embedded in ${config.dataDirectory}` : hostOf(config.databaseUrl),
    listen: `${config.host}:${config.port}`,
    publicUrl: config.publicUrl,
    accounts: config.accounts.map(({ credentials: _hidden, ...account }) => account),
    logLevel: config.logLevel,
    ...config.timings,
  };
}

function hostOf(databaseUrl: string): string {
  const parsed = new URL(databaseUrl);
  return `${parsed.host}${parsed.pathname}`;
}

function accountOf(settings: Environment): AccountConfig[] {
  const names = ['EXOTEL_ACCOUNT_SID', 'EXOTEL_API_KEY', 'EXOTEL_API_TOKEN'] as const;
  const missing = names.filter((name) => settings[name] === undefined);
  if (missing.length === names.length) return [];
  if (missing.length > 0) {
    throw new UserError(`wrong settings: ${missing.join(' and ')} must be set together with the others`, {
      exitCode: 2,
    });
  }
  return [
    {
      name: 'main',
      sid: settings.EXOTEL_ACCOUNT_SID ?? '',
      credentials: { key: settings.EXOTEL_API_KEY ?? '', token: settings.EXOTEL_API_TOKEN ?? '' },
      ccmUrl: settings.EXOTEL_CCM_URL ?? hostsByRegion[settings.EXOTEL_REGION].ccmUrl,
      v1Url: settings.EXOTEL_API_URL ?? hostsByRegion[settings.EXOTEL_REGION].v1Url,
      timeZone: settings.EXOTEL_TIMEZONE,
      requestsPerMinute: settings.EXOTEL_REQUESTS_PER_MINUTE,
      callsPerMinute: settings.EXOTEL_CALLS_PER_MINUTE ?? null,
      maxConcurrentLegs: settings.EXOTEL_MAX_CONCURRENT_LEGS ?? null,
      callDetails: settings.EXOTEL_CALL_DETAILS,
    },
  ];
}

function readAccountsFile(path: string, variables: Record<string, string>): AccountConfig[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`DIALER_ACCOUNTS_FILE: ${path} cannot be read`, { exitCode: 2, cause: error });
  }
  let document: unknown;
  try {
    document = JSON.parse(text, (_key, value: unknown) =>
      typeof value === 'string' ? withVariables(value, variables, path) : value,
    );
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`DIALER_ACCOUNTS_FILE: ${path} is not valid JSON`, { exitCode: 2, cause: error });
  }
  const parsed = accountsFile.safeParse(document);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new UserError(`DIALER_ACCOUNTS_FILE: ${path}: ${problems.join('; ')}`, { exitCode: 2 });
  }
  return parsed.data.accounts.map((entry) => ({
    name: entry.name,
    sid: entry.sid,
    credentials: { key: entry.key, token: entry.token },
    ccmUrl: entry.ccmUrl ?? hostsByRegion[entry.region].ccmUrl,
    v1Url: entry.apiUrl ?? hostsByRegion[entry.region].v1Url,
    timeZone: entry.timezone,
    requestsPerMinute: entry.requestsPerMinute,
    callsPerMinute: entry.callsPerMinute ?? null,
    maxConcurrentLegs: entry.maxConcurrentLegs ?? null,
    callDetails: entry.callDetails,
  }));
}

function withVariables(value: string, variables: Record<string, string>, path: string): string {
  return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_whole, name: string) => {
    const found = variables[name];
    if (found === undefined) throw new UserError(`${path}: the variable ${name} is not set`, { exitCode: 2 });
    return found;
  });
}

function unknownNames(variables: Record<string, string>): string[] {
  const known = new Set(settingNames);
  return Object.keys(variables)
    .filter((name) => /^(DIALER|EXOTEL)_/.test(name) && !known.has(name))
    .map((name) => `${name} is not a setting of the dialer (see the list of settings in the README)`);
}

function readEnvFile(path: string): Record<string, string> {
  try {
    return presentOnly(parseEnv(readFileSync(path, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new UserError(`${path} cannot be read`, { exitCode: 2, cause: error });
  }
}

function presentOnly(variables: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  );
}
