import { Command } from 'commander';
import { formatDuration } from '../campaigns/durations.ts';
import { scrubProgress } from '../contacts/scrub-progress.ts';
import type { ScrubProgress } from '../contacts/scrub-progress.ts';
import { printJson, tableOf } from './output.ts';
import { roughly } from './progress.ts';
import { withSession } from './session.ts';

const examples = `
Example:
  dialer contacts scrub renewal-november

A campaign with \`scrub: { maxAge: 7d }\` in its file calls no number before Exotel has said that it is not on the
do-not-disturb register. That takes one request a number and what calls leave of the account's limit; what is known
stands for all campaigns until it is too old. The worker does it; here you see how far it is.`;

export function scrubCommand(): Command {
  return new Command('scrub')
    .description("how many of a campaign's numbers are cleared of the do-not-disturb register")
    .argument('<campaign>', 'the name of the campaign')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((name: string, flags: { json?: true }) =>
      withSession(async ({ database }) => {
        const progress = await scrubProgress(database, name);
        if (flags.json) printJson(progress);
        else process.stdout.write(`${renderScrub(progress)}\n`);
      }),
    );
}

/** The counts, and below them what they mean for the time it takes. */
export function renderScrub(progress: ScrubProgress): string {
  const { cleared, onRegister, nothingKnown, held, waiting } = progress;
  const unknown = progress.unavailable === 'hold' ? 'held until you release them' : 'called all the same';
  const table = tableOf(
    ['contacts', '', ''],
    [
      [cleared, 'cleared', 'may be called'],
      [onRegister, 'on the register', 'are not called'],
      [nothingKnown, 'unavailable', `Exotel knows nothing of the number: ${unknown}`],
      [waiting, 'waiting', 'are not called before they are cleared'],
    ],
    ['contacts'],
  );
  return [table, '', ...sentences(progress, held)].join('\n').trimEnd();
}

function sentences(
  { campaign, requests, minutes, maxAgeMs, waiting, problem }: ScrubProgress,
  held: number,
): string[] {
  const age = formatDuration(maxAgeMs);
  return [
    ...(problem === null ? [] : [problem]),
    ...(waiting === 0
      ? [`nothing is left to ask; what was learned counts for ${age}`]
      : [
          `${requests} requests are left, ${roughly(minutes * 60_000)} when no call needs the account’s limit; what is learned counts for ${age}`,
        ]),
    ...(held === 0 ? [] : [`release those that are held with \`dialer contacts release ${campaign}\``]),
  ];
}
