import { createLogUpdate } from 'log-update';
import type { ImportProgress } from '../contacts/import-progress.ts';
import { percentRead } from '../contacts/import-progress.ts';
import { bar, paintFor } from './bars.ts';
import { bytesText } from './bytes-text.ts';
import type { DisplayStream } from './watch-display.ts';

export interface ImportDisplay {
  show(progress: ImportProgress): void;
  /** Takes the bar away; what came of the list is told by others. */
  end(): void;
}

const barWidth = 30;

/** A bar that shows on a terminal how far a list is loaded, and nothing anywhere else. */
export function createImportDisplay(output: DisplayStream = process.stderr): ImportDisplay {
  if (output.isTTY !== true) return { show: () => undefined, end: () => undefined };
  const draw = createLogUpdate(output);
  const paint = paintFor(output);
  let drawn = '';
  return {
    show(progress) {
      const line = `loading ${bar(percentRead(progress) / 100, barWidth, paint)} ${loadingText(progress)}`;
      if (line === drawn) return;
      drawn = line;
      draw(line);
    },
    end() {
      draw.clear();
      draw.done();
    },
  };
}

/** How far a list is loaded, in words. */
export function loadingText(progress: ImportProgress): string {
  const { bytesRead, bytesTotal } = progress;
  return `${percentRead(progress)} % (${bytesText(bytesRead)} of ${bytesText(bytesTotal)} read)`;
}
