import type { Figures } from '../load/figures.ts';
import { modes } from '../load/mode.ts';
import type { Mode } from '../load/mode.ts';
import type { Finding } from './finding.ts';
import type { Profile } from './profile.ts';
import type { RoundResult } from './round.ts';

const wordsFor: readonly (readonly [kind: keyof RoundResult['findings'], words: string])[] = [
  ['over', 'windows over the limit'],
  ['again', 'numbers called again that must not be'],
  ['soon', 'numbers called again too soon'],
  ['forbidden', 'calls after a pause, a cancel or a suppression'],
  ['lost', 'contacts lost or stuck'],
  ['agents', 'agents stuck, taken twice or wrongly out'],
  ['owners', 'requests of a process that had lost the account'],
  ['untrue', 'rows of reports that are not the truth'],
  ['processes', 'processes that ended or did not end'],
];

/** Writes what all rounds came to, each figure beside its bound. */
export function tellRounds(figures: Figures, profile: Profile, rounds: readonly RoundResult[]): void {
  // some seconds of a busy machine say little about how much of a limit can be used
  const isMeasured = profile.name !== 'short';
  const sum = (of: (round: RoundResult) => number): number =>
    rounds.reduce((total, round) => total + of(round), 0);
  const all = (of: (round: RoundResult) => readonly Finding[]): string[] =>
    rounds.flatMap((round) => of(round).map(({ what }) => `seed ${round.seed}, ${round.mode}: ${what}`));
  const kills = sum(({ disturbed }) => disturbed.killsAtFullWindow + disturbed.otherKills);
  const full = sum(({ disturbed }) => disturbed.killsAtFullWindow);
  figures.note('rounds', rounds.length);
  figures.note('kill -9 of a process', kills);
  judgeShare('… of which at a full window, in %', (100 * full) / kills, 100 / 3);
  for (const [what, count] of mergedCounts(rounds.map(({ doings }) => doings))) {
    if (!['begin', 'end', 'kill -9'].includes(what)) figures.note(what, count);
  }
  figures.note(
    'contacts',
    sum(({ contacts }) => contacts),
  );
  figures.note('… in the end', toldCounts(rounds.map(({ states }) => states)));
  figures.note(
    'attempts',
    sum(({ attempts }) => attempts),
  );
  figures.note(
    'requests',
    sum(({ requests }) => requests),
  );
  for (const mode of modes) tellMode(figures, profile, mode, rounds);
  for (const [kind, words] of wordsFor)
    figures.none(
      words,
      all(({ findings }) => findings[kind]),
    );
  figures.atMost(
    `most requests in any ${profile.windowMs / 1000} s`,
    Math.max(...rounds.map((round) => round.mostInWindow)),
    profile.limit,
  );
  figures.note(
    'seconds between disturbances with work due',
    sum(({ use }) => use.seconds),
  );
  judgeShare(
    '… in which the limit was used, in %',
    (100 * sum(({ use }) => use.sent)) / sum(({ use }) => use.possible),
    70,
  );

  function judgeShare(what: string, value: number, bound: number): void {
    if (isMeasured) figures.atLeast(what, value, bound);
    else figures.note(what, value);
  }
}

/** What differs from mode to mode. */
function tellMode(figures: Figures, profile: Profile, mode: Mode, rounds: readonly RoundResult[]): void {
  const ofMode = rounds.filter((round) => round.mode === mode);
  if (ofMode.length === 0) return;
  const sum = (of: (round: RoundResult) => number): number =>
    ofMode.reduce((total, round) => total + of(round), 0);
  figures.note(
    `${mode}: calls placed`,
    sum(({ calls }) => calls),
  );
  figures.note(`${mode}: attempts that stay unknown`, toldCounts(ofMode.map(({ unknown }) => unknown)));
  figures.note(
    '… of which made a call',
    sum(({ unknownCalls }) => unknownCalls),
  );
  // v2 has no list to search
  if (mode !== 'agents') {
    figures.note('… and could the list of calls have told', toldCounts(ofMode.map(({ listed }) => listed)));
    figures.note(
      '… calls of unknown attempts found by a search',
      sum(({ foundBySearch }) => foundBySearch),
    );
  }
  if (mode === 'flow')
    figures.atMost(
      'flow: most calls at once',
      Math.max(...ofMode.map(({ mostAlive }) => mostAlive)),
      profile.agents,
    );
}

function mergedCounts<Name extends string>(counts: readonly Map<Name, number>[]): Map<Name, number> {
  const merged = new Map<Name, number>();
  for (const [name, count] of counts.flatMap((one) => [...one])) {
    merged.set(name, (merged.get(name) ?? 0) + count);
  }
  return merged;
}

function toldCounts<Name extends string>(counts: readonly Map<Name, number>[]): string {
  return [...mergedCounts(counts)].map(([name, count]) => `${name} ${count}`).join(', ') || 'none';
}

/** What is wrong with a round, how to have it again, and the stories of the contacts that were met. */
export function storyOf(
  { name }: Profile,
  kills: number,
  { seed, mode, findings, timelines }: RoundResult,
): string {
  const all = Object.values(findings).flat();
  if (all.length === 0) return '';
  const flag = name === 'fast' ? '' : ` --${name}`;
  return [
    `seed ${seed} (again: npm run chaos -- --mode ${mode} --seed ${seed} --kills ${kills}${flag})`,
    ...all.map(({ what }) => `  ${what}`),
    ...timelines.map((timeline) => `\n${timeline}`),
  ].join('\n');
}
