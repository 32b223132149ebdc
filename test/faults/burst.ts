import { Agent, request } from 'node:http';

/** One POST of a burst. */
export interface BurstRequest {
  url: string;
  body: string;
}

export interface BurstResult {
  /** the status of each answer, in the order of the requests; null where the connection broke */
  statuses: (number | null)[];
  /** from the first byte asked to the last byte answered, in ms */
  p50: number;
  p99: number;
  longest: number;
  perSecond: number;
}

/** Posts all requests as fast as so many connections carry them, one after the other on each. */
export async function burst(requests: readonly BurstRequest[], connections: number): Promise<BurstResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const statuses: (number | null)[] = Array.from(requests, () => null);
  const times: number[] = [];
  const began = performance.now();
  const waiting = requests.entries();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (const [index, one] of waiting) {
        const asked = performance.now();
        statuses[index] = await post(agent, one).catch(() => null);
        times.push(performance.now() - asked);
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number): number => Math.round(times[Math.floor(share * (times.length - 1))] ?? 0);
  return {
    statuses,
    p50: at(0.5),
    p99: at(0.99),
    longest: at(1),
    perSecond: Math.round(requests.length / seconds),
  };
}

async function post(agent: Agent, { url, body }: BurstRequest): Promise<number> {
  return await new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sending = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode ?? 0));
    });
    sending.once('error', reject);
    sending.end(body);
  });
}

/** A result in words, for the figures that a run prints. */
export function figures(name: string, { p50, p99, longest, perSecond }: BurstResult): string {
  return `${name} p50 ${p50} ms, p99 ${p99} ms, longest ${longest} ms, ${perSecond}/s`;
}
