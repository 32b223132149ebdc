import type { PoolClient, Submittable } from 'pg';

/**
 * Runs a COPY to its end and tells each of its rows as it comes: the bytes of one line, which are only lent. Done when
 * the connection is free again, so that the next statement can be sent at once.
 * @returns how many rows Postgres says that it sent
 */
export async function copyOut(
  client: PoolClient,
  statement: string,
  onRow: (line: Buffer) => void,
): Promise<number> {
  return await new Promise((resolve, reject) => {
    let rows = 0;
    const copy: CopyOut = {
      submit: (connection) => connection.query(statement),
      handleCopyData: ({ chunk }) => onRow(chunk),
      handleCommandComplete: ({ text }) => {
        rows = Number(/^COPY (\d+)$/.exec(text)?.[1]);
      },
      handleReadyForQuery: () => resolve(rows),
      handleError: reject,
    };
    client.query(copy);
  });
}

/** What the driver calls while a statement is under way; it declares `submit` alone. */
interface CopyOut extends Submittable {
  handleCopyData(message: { chunk: Buffer }): void;
  handleCommandComplete(message: { text: string }): void;
  handleReadyForQuery(): void;
  handleError(error: Error): void;
}
