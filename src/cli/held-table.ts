import { describeInstant } from '../campaigns/describe-schedule.ts';
import type { HeldContact } from '../contacts/held-contacts.ts';
import { wrapWords } from './bars.ts';
import { cellText } from './cell-text.ts';
import { tableOf } from './output.ts';

/** One line a held contact, and below them what each reason means. */
export function renderHeld(contacts: readonly HeldContact[], timezone: string, columns: number): string {
  const rows = contacts.map((contact) => [
    contact.row,
    contact.number,
    cellText(contact.name ?? '', 24),
    contact.code.replaceAll('_', ' '),
    contact.lastAttempt === null
      ? ''
      : describeInstant(contact.lastAttempt.at, timezone).replace(` (${timezone})`, ''),
    cellText(contact.lastAttempt?.agent ?? '', 24),
  ]);
  const head = ['row', 'number', 'name', 'held for', `last attempt (${timezone})`, 'agent'];
  const table = tableOf(head, rows, ['row']);
  const reasons = new Map(contacts.map(({ code, reason }) => [code, reason]));
  const meanings = [...reasons].flatMap(([code, reason]) =>
    wrapWords(`${code.replaceAll('_', ' ')}: ${reason}`, Math.min(columns, 100)),
  );
  return `${table}\n\n${meanings.join('\n')}`;
}
