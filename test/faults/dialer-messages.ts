import type { Config } from '../../src/config.ts';

/** Where a dialer process meets its fate: at a statement of its own, told by the statement's text. */
export interface Trap {
  /** a regular expression over the SQL */
  statement: string;
  /** the how manieth such statement, from 1 */
  nth: number;
  /** a query: statements count from when it finds a row */
  since?: string;
  /** before the statement is sent, or after what it belongs to was committed */
  when: 'before' | 'after_commit';
  /**
   * `hold`: everything else goes on, and this goes on when the test sends a message; `lose_reply`: the dialer hears that
   * its connection ended instead of what the database answered; `hold_then_lose`: the one and then the other
   */
  act: 'SIGKILL' | 'SIGSTOP' | 'hold' | 'lose_reply' | 'hold_then_lose';
}

export interface DialerOrder {
  databaseUrl: string;
  config: Config;
  trap: Trap | null;
}
