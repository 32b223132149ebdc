import { DatabaseError } from 'pg';

/**
 * Why the database refused a statement for the values in it: it cannot store them (SQLSTATE class 22) or a constraint
 * forbids them (class 23). The same statement is refused again however often it is tried. Null: for another reason.
 */
export function refusalOfContent(error: unknown): 'data' | 'constraint' | null {
  if (!(error instanceof DatabaseError)) return null;
  if (error.code?.startsWith('22') === true) return 'data';
  return error.code?.startsWith('23') === true ? 'constraint' : null;
}
