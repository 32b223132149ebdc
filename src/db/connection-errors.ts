import { Client, DatabaseError } from 'pg';
import { messageOf, UserError } from '../errors.ts';

/** SQLSTATEs of a server that ends or refuses connections because it starts, stops or crashed. */
const serverAway = new Set(['57P01', '57P02', '57P03', '08000', '08001', '08003', '08004', '08006', '08P01']);
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/**
 * Whether the connection failed rather than the statement: nothing is known about what the statement did.
 * The driver reports its own failures as plain errors without an SQLSTATE, whatever their text.
 */
export function isConnectionError(error: unknown): boolean {
  if (error instanceof DatabaseError) return serverAway.has(error.code ?? '');
  if (error instanceof AggregateError) return error.errors.some(isConnectionError);
  if (!(error instanceof Error)) return false;
  if (error instanceof UserError) return isConnectionError(error.cause);
  if (networkCodes.has(codeOf(error))) return true;
  return /^(Connection terminated|timeout expired|timeout exceeded|Query read timeout|Client (has encountered|was closed))/.test(
    error.message,
  );
}

/** `host:port` of a database address, as the driver itself understands it. Never the user or the password. */
export function addressOf(url: string): string {
  const { host, port } = createClientOf(url);
  return host.startsWith('/') ? host : `${host}:${port}`;
}

/** One sentence for a person about why no connection could be opened, and what mends it. */
export function connectionFailure(url: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const { user, database } = createClientOf(url);
  const address = addressOf(url);
  return new UserError(sentenceFor(codeOf(error), { address, user, database, error }), { cause: error });
}

interface Place {
  address: string;
  user: string | undefined;
  database: string | undefined;
  error: unknown;
}

function sentenceFor(code: string, { address, user, database, error }: Place): string {
  switch (code) {
    case 'ECONNREFUSED':
      return `no database answers at ${address}: start PostgreSQL there or correct DATABASE_URL`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the database host of ${address} is not known here: correct the host in DATABASE_URL`;
    case '28P01':
    case '28000':
      return `the database at ${address} refuses the user "${user}": correct user and password in DATABASE_URL`;
    case '3D000':
      return `the server at ${address} has no database "${database}": create it or correct DATABASE_URL`;
    case '53300':
      return `the database at ${address} has no connection left: raise its max_connections or run fewer processes`;
    case '57P03':
      return `the database at ${address} is starting or stopping: try again in a moment`;
    default:
      return `the database at ${address} cannot be reached (${messageOf(error)}): check that it runs and that DATABASE_URL is right`;
  }
}

/** A client that is never connected: the driver's own reading of the address, environment defaults included. */
function createClientOf(url: string): Client {
  try {
    return new Client({ connectionString: url });
  } catch {
    // The parser's own message repeats the whole address, password and all.
    throw new UserError(
      'DATABASE_URL is not an address such as postgres://user:password@host:5432/database',
      {
        exitCode: 2,
      },
    );
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return '';
}
