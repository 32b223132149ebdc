import { parseInstant } from '../campaigns/wall-clock.ts';
import type { CampaignDefinition } from '../campaigns/campaign-definition.ts';
import { closestWord } from '../campaigns/closest-word.ts';
import type { Database } from '../db/pool.ts';
import { UserError } from '../errors.ts';
import { columnsFor, columnsNamed } from './contact-columns.ts';
import { isEmptyRow } from './contact-row.ts';
import { disposeContact } from './dispose-contact.ts';
import type { GivenDisposition } from './dispose-contact.ts';
import { dispositionCode, dispositionNames, dispositions } from './disposition-codes.ts';
import { bytesOfFile } from './file-bytes.ts';
import { tableOfNumbers } from './header-finder.ts';
import { parsePhoneNumber } from './phone-number.ts';
import { openTable } from './table.ts';
import type { Table } from './table.ts';

export interface DisposedList {
  done: number;
  /** those that wait for the end of a call under way */
  afterCall: number;
  /** those that were said of their contact at any time before */
  already: number;
  rejected: number;
  /** the first thousand of them */
  rejects: { rowNumber: number; reason: string }[];
}

export interface DispositionListOptions {
  database: Database;
  campaign: string;
  definition: CampaignDefinition;
  file: string;
  actor: string;
}

const rejectsKept = 1000;

/**
 * Takes the dispositions of a CSV file with the columns number, disposition, call_at and note. Each row stands for
 * itself: a bad one costs that row, and reading the file again changes nothing of the others.
 * @throws UserError when the file cannot be read or lacks a column; what stands above a place at which it becomes
 *   unreadable is taken nevertheless
 */
export async function disposeList(options: DispositionListOptions): Promise<DisposedList> {
  const { database, campaign, definition, file, actor } = options;
  const table = await openTable(
    bytesOfFile(file),
    file,
    tableOfNumbers((header) => {
      const { number, disposition } = columnsOf(header);
      return number === null || disposition === null ? null : [number];
    }, definition.defaultRegion),
  );
  const columns = await neededColumns(table, file);
  const done: DisposedList = { done: 0, afterCall: 0, already: 0, rejected: 0, rejects: [] };

  async function take(cells: readonly string[]): Promise<void> {
    const given = readDisposition(
      {
        number: cellOf(cells, columns.number),
        disposition: cellOf(cells, columns.disposition),
        callAt: cellOf(cells, columns.callAt),
        note: cellOf(cells, columns.note),
      },
      definition,
    );
    const { result } = await disposeContact(database, campaign, given, actor, 'once');
    done[result === 'after_call' ? 'afterCall' : result] += 1;
  }

  try {
    for await (const batch of table.batches()) {
      for (const { rowNumber, cells } of batch) {
        if (isEmptyRow(cells)) continue;
        await take(cells).catch((error: unknown) => {
          if (!(error instanceof UserError)) throw error;
          done.rejected += 1;
          if (done.rejects.length < rejectsKept) done.rejects.push({ rowNumber, reason: error.message });
        });
      }
    }
  } catch (error) {
    const taken = done.done + done.afterCall + done.already;
    if (!(error instanceof UserError) || taken === 0) throw error;
    throw new UserError(
      `${error.message}; the ${taken} dispositions read before are stored, and giving the mended file does no harm to them`,
      { exitCode: error.exitCode, cause: error },
    );
  }
  return done;
}

function cellOf(cells: readonly string[], column: number | null): string {
  return column === null ? '' : (cells[column] ?? '').trim();
}

/** A disposition as it is written: in the cells of a row, or in the words of a command. */
export interface WrittenDisposition {
  number: string;
  /** a code, or `call_at=` and the time */
  disposition: string;
  /** the time beside it; empty where there is none */
  callAt: string;
  note: string;
}

/**
 * Reads a disposition.
 * @throws UserError with exit code 2 that says what is wrong with it
 */
export function readDisposition(
  written: WrittenDisposition,
  { defaultRegion, schedule }: Pick<CampaignDefinition, 'defaultRegion' | 'schedule'>,
): GivenDisposition {
  const phone = parsePhoneNumber(written.number, defaultRegion);
  if (!('number' in phone)) throw wrong(`"${written.number}": ${phone.reason}; ${phone.mend}`);
  const [, word = '', inline = ''] = /^([^=]*)=?(.*)$/s.exec(written.disposition) ?? [];
  const code = dispositionCode(word);
  if (code === null) throw wrong(unknownCode(word));
  const time = inline.trim() || written.callAt;
  if (code !== 'call_at' && time !== '') {
    throw wrong(`a time goes with call_at alone, not with ${code}: write call_at, or take the time out`);
  }
  if (code === 'call_at' && time === '') {
    throw wrong(
      'call_at needs its time: write it like 2026-12-02T15:00, by the clocks of ' + schedule.timezone,
    );
  }
  return {
    number: phone.number,
    code,
    callAt: time === '' ? null : instantOf(time, schedule.timezone),
    note: written.note === '' ? null : written.note,
  };
}

function instantOf(time: string, timezone: string): Date {
  const reading = parseInstant(time, timezone);
  if ('problem' in reading) throw wrong(reading.problem);
  if (reading.warning !== null) throw wrong(reading.warning);
  return new Date(reading.iso);
}

function unknownCode(word: string): string {
  if (word.trim() === '') return `there is no disposition; write one of ${dispositionNames}`;
  const meant = closestWord(word, Object.keys(dispositions));
  return meant === null
    ? `"${word}" is no disposition; write one of ${dispositionNames}`
    : `"${word}" is no disposition; did you mean ${meant}?`;
}

function wrong(message: string): UserError {
  return new UserError(message, { exitCode: 2 });
}

interface Columns {
  number: number;
  disposition: number;
  callAt: number | null;
  note: number | null;
}

function columnsOf(header: readonly string[]): Record<keyof Columns, number | null> {
  const named = (name: string): number | null => columnsNamed(header, name)[0] ?? null;
  return {
    number: named('number') ?? columnsFor(header, 'phone')[0] ?? null,
    disposition: named('disposition'),
    callAt: named('call_at'),
    note: named('note'),
  };
}

async function neededColumns(table: Table, file: string): Promise<Columns> {
  const { header } = table;
  const { number, disposition, ...others } = columnsOf(header);
  if (number !== null && disposition !== null) return { number, disposition, ...others };
  await table.close();
  const lacking = number === null ? 'number' : 'disposition';
  const names = header.map((name) => `"${name}"`).join(', ');
  throw wrong(
    `${file}: there is no column ${lacking}; the columns are ${names}, and number, disposition, call_at and note are read`,
  );
}
