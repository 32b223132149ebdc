import type { Queryable } from '../db/pool.ts';
import { requireSum } from './add-up.ts';
import { contactColumns, readContacts, rowRanges } from './contact-page.ts';
import { loadedImports } from './loaded-imports.ts';
import { placeCells, uniteHeaders } from './own-columns.ts';
import type { ReportRows } from './report-rows.ts';
import { campaignState, hasScrub } from './summary.ts';

/**
 * Every accepted row of a campaign, in the order of its lists. Pages by key, so neither memory nor a snapshot grows
 * with the list.
 * @throws UserError when there is no such campaign
 */
export async function contactRows(queryable: Queryable, name: string): Promise<ReportRows> {
  const state = await campaignState(queryable, name);
  const imports = await loadedImports(queryable, state.id);
  const accepted = imports.reduce((sum, one) => sum + one.accepted, 0);
  const numbers = hasScrub(state.definition);
  const columns = contactColumns({ numbers });
  const own = uniteHeaders(imports.map((one) => one.header));
  return {
    what: 'contacts',
    own: own.names,
    ours: columns,
    timezone: state.definition.schedule.timezone,
    count: async () => accepted,
    requireAll: (written) => requireSum(name, accepted, written),
    async *pages(rowsAtOnce) {
      for (const [index, { id }] of imports.entries()) {
        const positions = own.positions[index] ?? [];
        for await (const range of rowRanges(queryable, { importId: id, numbers }, () => rowsAtOnce)) {
          const page = await readContacts(queryable, range);
          yield page.map((line) => ({
            own: placeCells(line.cells, positions, own.names.length),
            ours: columns.map((column) => line[column] ?? null),
          }));
        }
      }
    },
  };
}
