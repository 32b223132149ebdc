import { pino, destination } from 'pino';
import type { Logger } from 'pino';

export type Log = Logger;

/**
 * A JSON logger on stderr, so that stdout stays for a command's own answer.
 * @param level one of pino's levels, or `silent`
 */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: ['number', 'phone', 'to', '*.number', '*.phone', '*.to', 'key', 'token', '*.key', '*.token'],
        censor: (value, path) =>
          /key|token/.test(path.at(-1) ?? '') ? '[hidden]' : maskedNumber(String(value)),
      },
    },
    destination({ dest: 2, sync: true }),
  );
}

/** A phone number as it may stand in a log: its beginning and its last two digits. */
export function maskedNumber(number: string): string {
  return number.length < 7 ? '****' : `${number.slice(0, 3)}****${number.slice(-2)}`;
}
