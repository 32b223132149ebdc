import { diskProblem } from './disk-problem.ts';
import { isReaderGone } from './reader-gone.ts';

/**
 * What becomes of a process whose stdout fails. Whoever read it wants no more of it (`| head`): nothing failed, and
 * nobody is there to be told. A disk that does not take it is told in a line.
 */
export function leaveWhenStdoutFails(error: Error): void {
  if (isReaderGone(error)) process.exit(0);
  const problem = diskProblem(error);
  if (problem === null) throw error;
  process.stderr.write(`stdout cannot be written (${problem}): send it elsewhere\n`);
  process.exit(1);
}
