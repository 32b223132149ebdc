import { listedCallV1, numberV1, statusV1, toV1 } from './call-v1.ts';
import type { Call } from './calls.ts';
import type { Tree } from './envelope-v1.ts';
import { writeCursor, type Cursor, type ListQueryV1 } from './list-query-v1.ts';
import { toE164 } from './phone.ts';
import type { World } from './world.ts';

/** A page of v1's calls that are over; one that is under way is not in the list, whatever is asked for. */
export interface PageV1 {
  readonly metadata: Tree;
  readonly calls: readonly Tree[];
}

/** Answers a question to the list; `path` and `query` are the asker's own, for the addresses of other pages. */
export function listCallsV1(
  world: World,
  wanted: ListQueryV1,
  { path, query }: { path: string; query: URLSearchParams },
): PageV1 {
  const { current: scenario } = world.settings;
  const { v1 } = scenario;
  const found = callsOf(world, wanted).filter((call) => isListed(world, call) && fits(world, call, wanted));
  const ordered = wanted.descending ? found.toReversed() : found;
  const page = pageOf(ordered, wanted);

  const uri = (cursor: Cursor | null): string => {
    const parameters = new URLSearchParams(query);
    for (const side of ['Before', 'After']) parameters.delete(side);
    if (!parameters.has('PageSize')) parameters.set('PageSize', String(wanted.pageSize));
    if (cursor !== null) parameters.set(cursor.side, writeCursor(cursor));
    return `${path}?${parameters.toString()}`;
  };
  const neighbour = (side: Cursor['side'], of: Call | undefined): string | null =>
    of === undefined ? null : uri({ side, ordinal: of.ordinal });
  const isLast = page.at(-1) === ordered.at(-1);

  const now = world.pace.wall();
  const details = wanted.details && v1.bulkDetails;
  return {
    metadata: {
      Total: ordered.length,
      PageSize: wanted.pageSize,
      FirstPageUri: uri(null),
      PrevPageUri: page[0] === ordered[0] ? null : neighbour('Before', page[0]),
      NextPageUri: isLast ? { null: null, empty: '' }[v1.lastPage] : neighbour('After', page.at(-1)),
    },
    calls: page.map((call) => listedCallV1(call, scenario, { now, details })),
  };
}

/** In the order of placing. */
function callsOf({ calls }: World, { sids }: ListQueryV1): Call[] {
  if (sids === null) return [...calls.all()];
  const found = [...new Set(sids)].flatMap((sid) => calls.find(sid) ?? []);
  return found.toSorted((one, other) => one.ordinal - other.ordinal);
}

function isListed(world: World, call: Call): boolean {
  if (call.api !== 'v1' || call.endedAt === null) return false;
  const { speed, v1 } = world.settings.current;
  return (world.pace.wall().getTime() - call.endedAt.getTime()) * speed >= v1.listedAfter;
}

function fits({ settings }: World, call: Call, wanted: ListQueryV1): boolean {
  const scenario = settings.current;
  const { createdFrom, createdTo, from, to, exoPhones, statuses, directions } = wanted;
  // Its times have whole seconds, so that is what a bound is compared to.
  const created = Math.floor(call.placedAt.getTime() / 1000) * 1000;
  const calledTo = toV1(call, scenario);
  const caller = call.agentLeg?.contactUri ?? call.customer;
  return (
    created >= createdFrom.getTime() &&
    created <= createdTo.getTime() &&
    isAmong(from, sameNumber(caller)) &&
    isAmong(to, calledTo === null ? null : sameNumber(calledTo)) &&
    isAmong(exoPhones, sameNumber(numberV1(call.virtualNumber, scenario))) &&
    isAmong(statuses, statusV1(call, scenario)) &&
    isAmong(directions, 'outbound-api')
  );
}

function isAmong(wanted: readonly string[] | null, value: string | null): boolean {
  return wanted === null || (value !== null && wanted.includes(value));
}

function sameNumber(text: string): string {
  return toE164(text) ?? text;
}

function pageOf(ordered: readonly Call[], { cursor, pageSize, descending }: ListQueryV1): Call[] {
  if (cursor === null) return ordered.slice(0, pageSize);
  const isAfter = ({ ordinal }: Call): boolean =>
    descending ? ordinal < cursor.ordinal : ordinal > cursor.ordinal;
  if (cursor.side === 'After') return ordered.filter(isAfter).slice(0, pageSize);
  return ordered.filter((call) => call.ordinal !== cursor.ordinal && !isAfter(call)).slice(-pageSize);
}
