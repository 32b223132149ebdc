/** What a test asks of a process that uses an embedded database. */
export type Request =
  | { act: 'acquire'; dataDirectory: string; systemFolder?: string }
  | { act: 'use'; dataDirectory: string; row: string; work: number }
  | { act: 'release' };

export interface Answer {
  ok: boolean;
  /** The address after `acquire`, the message after a failure. */
  value: string;
}
