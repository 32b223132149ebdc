import { DatabaseError } from 'pg';
import { UserError } from '../errors.ts';
import { isConnectionError } from './connection-errors.ts';

/**
 * Classes of SQLSTATE that time mends: the connection (08), a rollback for another's sake (40), resources (53), a lock or
 * a state in the way (55), an operator or a limit that intervened (57), the machine (58). A class that tells of refused
 * credentials (28) or of no such database (3D) comes from connecting, so nothing was said about the statement.
 */
const mendedClasses: ReadonlySet<string> = new Set(['08', '28', '3D', '40', '53', '55', '57', '58']);
/** A server that is not the primary yet, and a transaction that stood still too long. */
const mendedStates: ReadonlySet<string> = new Set(['25006', '25P03', '25P04']);

/**
 * Why a write will be refused however often it is tried: a constraint forbids it (class 23), or it cannot be stored, for
 * whatever reason (a value that is no such type, an index row that is too large, a value that cannot be written as JSON).
 * Null: time mends it. What nobody listed lasts: a write that is repeated for ever holds up all that wait for it.
 */
export function lastingRefusal(error: unknown): 'data' | 'constraint' | null {
  if (isMendedByTime(error)) return null;
  return sqlStateOf(error).startsWith('23') ? 'constraint' : 'data';
}

function isMendedByTime(error: unknown): boolean {
  if (isConnectionError(error)) return true;
  if (error instanceof AggregateError) return error.errors.some(isMendedByTime);
  // the pool's word that no connection could be opened, whatever the reason
  if (error instanceof UserError) return error.cause !== undefined;
  const state = sqlStateOf(error);
  if (state !== '') return mendedClasses.has(state.slice(0, 2)) || mendedStates.has(state);
  return error instanceof Error && 'syscall' in error;
}

function sqlStateOf(error: unknown): string {
  return error instanceof DatabaseError ? (error.code ?? '') : '';
}
