import type { Queryable } from '../db/pool.ts';
import { UserError } from '../errors.ts';

export interface ChosenAccount {
  id: number;
  name: string;
}

/**
 * The account of that name, or the only one there is.
 * @param howToName what an error says on naming one of several: `with --account`
 * @throws UserError with exit code 2 when the choice is not clear
 */
export async function chooseAccount(
  queryable: Queryable,
  name: string | null,
  howToName: string,
): Promise<ChosenAccount> {
  const found = await queryable.query<ChosenAccount>('select id, name from accounts order by id');
  const names = found.rows.map((row) => row.name).join(', ');
  const only = found.rows.length === 1 ? found.rows[0] : undefined;
  const chosen = name === null ? only : found.rows.find((row) => row.name === name);
  if (chosen !== undefined) return chosen;
  if (found.rows.length === 0) {
    throw new UserError(
      'no Exotel account is known yet: set EXOTEL_ACCOUNT_SID, EXOTEL_API_KEY and EXOTEL_API_TOKEN here or run `dialer start` once',
      { exitCode: 2 },
    );
  }
  throw new UserError(
    name === null
      ? `there are several accounts (${names}): name one ${howToName}`
      : `there is no account ${name}: the accounts are ${names}`,
    { exitCode: 2 },
  );
}
