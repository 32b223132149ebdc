/** SQLSTATEs with which a database refuses a commit that it cannot carry out. */
export const commitRefusals = { disk_full: '53100', serialization: '40001', deadlock: '40P01' } as const;

const commit = simpleQuery('COMMIT');

/**
 * A rewriter for what a client sends to PostgreSQL: in place of each COMMIT the server gets a statement that fails with
 * the SQLSTATE. So the transaction ends as it does on a full disk: refused by the server itself, and rolled back.
 */
export function refuseCommits(sqlState: string): (piece: Buffer) => Buffer {
  const refusal = simpleQuery(
    `DO $$ BEGIN RAISE EXCEPTION 'refused on the way' USING ERRCODE = '${sqlState}'; END $$`,
  );
  return (piece) => {
    const at = piece.indexOf(commit);
    if (at === -1) return piece;
    return Buffer.concat([piece.subarray(0, at), refusal, piece.subarray(at + commit.length)]);
  };
}

/** The message of a statement without parameters: `Q`, its length without the letter, the text, a zero byte. */
function simpleQuery(text: string): Buffer {
  const message = Buffer.alloc(1 + 4 + Buffer.byteLength(text) + 1);
  message.write('Q');
  message.writeInt32BE(message.length - 1, 1);
  message.write(text, 5);
  return message;
}
