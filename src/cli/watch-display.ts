import { createLogUpdate } from 'log-update';
import type { Progress } from '../reports/progress.ts';
import { createZonedTime } from '../reports/zoned-time.ts';
import { paintFor } from './bars.ts';
import { renderLine, renderPanel } from './progress.ts';

/** A terminal, or anything that takes text. */
export type DisplayStream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };

export interface ProgressDisplay {
  show(progress: Progress): void;
  /** The database did not answer; what stands there is as old as the last look. */
  interrupted(): void;
  /** Leaves the last state on the screen and gives the cursor back. */
  end(): void;
}

const waiting = 'the database does not answer; trying again';

/** A panel that is drawn anew in place on a terminal, and plain lines anywhere else. */
export function createProgressDisplay(output: DisplayStream): ProgressDisplay {
  return output.isTTY === true ? panelOn(output) : linesOn(output);
}

function panelOn(output: DisplayStream): ProgressDisplay {
  const draw = createLogUpdate(output);
  const paint = paintFor(output);
  let panel = '';
  return {
    show(progress) {
      panel = renderPanel(progress, { columns: output.columns ?? 80, paint });
      draw(panel);
    },
    interrupted: () => draw(`${panel}\n${paint('yellow', waiting)}`),
    end() {
      draw(panel);
      draw.done();
    },
  };
}

const betweenLines = 5000;

/** A line when the campaign's state changed, and otherwise every five seconds, when it would say something new. */
function linesOn(output: DisplayStream): ProgressDisplay {
  let status: string | null = null;
  let line = '';
  let writtenAt = 0;
  let silent = false;
  return {
    show(progress) {
      silent = false;
      const { summary, now, timezone } = progress;
      const changed = summary.status !== status;
      const next = renderLine(progress);
      const due = now.getTime() >= writtenAt + betweenLines && next !== line;
      if (!changed && !due) return;
      const time = createZonedTime(timezone)(now).slice(11, 19);
      output.write(`${time} ${summary.name} is ${summary.status}: ${next}\n`);
      [status, line, writtenAt] = [summary.status, next, now.getTime()];
    },
    interrupted() {
      if (!silent) output.write(`${waiting}\n`);
      silent = true;
    },
    end: () => undefined,
  };
}
