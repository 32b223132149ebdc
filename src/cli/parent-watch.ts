const watched = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Signal = (typeof watched)[number];

/** How far apart the two copies of one signal may arrive: this process's own, and the parent's word of its own. */
const pairWindow = 1_000;
/** How long a word waits for the copy that may still be on its way, when the terminal sent to both. */
const pairWait = 150;

/**
 * Stands on the other side of `bin.js` when that runs this program on the pinned Node. A signal that reached the
 * parent alone is raised here too; one that reached both (Ctrl-C at a terminal) is not raised twice; and when the
 * parent is gone, kill -9 included, this process gets a SIGTERM. Without such a parent it does nothing. It never keeps
 * the process alive. Call it once, before anything that listens to signals.
 */
export function watchParent(): void {
  // The property is there only where there was a channel: the parent was killed while this process was loading.
  if ('connected' in process && !process.connected) process.kill(process.pid, 'SIGTERM');
  if (process.channel === undefined) return;
  const receipts = new Map(watched.map((signal) => [signal, createReceipts(signal)]));
  process.on('message', (message) => {
    const signal = signalIn(message);
    if (signal === null) return;
    process.send?.({ received: signal }, undefined, undefined, () => undefined);
    receipts.get(signal)?.parentGotOne();
  });
  process.once('disconnect', () => receipts.get('SIGTERM')?.raise());
  process.channel.unref();
}

/** Pairs the signals that this process got itself with those that its parent got. */
function createReceipts(signal: Signal) {
  let own: number[] = [];
  let raising = false;

  const note = (): void => {
    if (!raising) own.push(performance.now());
  };
  noteWhileOthersListen(signal, note);

  function raise(): void {
    raising = true;
    try {
      // Without a listener the signal must do what it does by default, which only the system can.
      if (process.listenerCount(signal) > 0) process.emit(signal, signal);
      else process.kill(process.pid, signal);
    } finally {
      raising = false;
    }
  }

  function takeOwn(): boolean {
    const oldest = performance.now() - pairWindow;
    own = own.filter((at) => at >= oldest);
    return own.shift() !== undefined;
  }

  return {
    raise,
    parentGotOne(): void {
      if (takeOwn()) return;
      setTimeout(() => {
        if (!takeOwn()) raise();
      }, pairWait).unref();
    },
  };
}

/**
 * A listener of ours alone would switch off what the signal does by default, so it is there only beside others.
 */
function noteWhileOthersListen(signal: Signal, note: () => void): void {
  process.on('newListener', (event, listener) => {
    if (event !== signal || listener === note || process.listeners(signal).includes(note)) return;
    process.on(signal, note);
  });
  process.on('removeListener', (event) => {
    if (event === signal && process.listenerCount(signal) === 1) process.off(signal, note);
  });
}

function signalIn(message: unknown): Signal | null {
  if (typeof message !== 'object' || message === null || !('signal' in message)) return null;
  return watched.find((signal) => signal === message.signal) ?? null;
}
