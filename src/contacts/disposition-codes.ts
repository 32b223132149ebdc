/** What a disposition does to its contact. */
export type DispositionEffect =
  /** it is dealt with and not called again */
  | 'finish'
  /** the number is not the contact's: its next one is called, and without one it is done */
  | 'next_number'
  /** it is called at a time that was agreed on, whatever came before */
  | 'call_at'
  /** the number is never called again, in the whole account */
  | 'suppress'
  /** nothing: the retry rules go on */
  | 'note';

/** The closed set of dispositions: what each does, and what it means. */
export const dispositions = {
  sale: { effect: 'finish', meaning: 'bought, renewed or agreed' },
  interested: { effect: 'finish', meaning: 'wants to know more; somebody else goes on' },
  not_interested: { effect: 'finish', meaning: 'does not want it' },
  already_done: { effect: 'finish', meaning: 'had done it before the call' },
  resolved: { effect: 'finish', meaning: 'what the call was about is settled' },
  not_eligible: { effect: 'finish', meaning: 'cannot have it' },
  deceased: { effect: 'finish', meaning: 'the person has died' },
  wrong_number: { effect: 'next_number', meaning: 'the number is not theirs' },
  call_at: { effect: 'call_at', meaning: 'asked to be called at a time' },
  do_not_call: { effect: 'suppress', meaning: 'must never be called again' },
  answering_machine: { effect: 'note', meaning: 'a machine answered' },
  language: { effect: 'note', meaning: 'speaks another language' },
  hung_up: { effect: 'note', meaning: 'ended the call early' },
  other: { effect: 'note', meaning: 'see the note' },
} as const satisfies Record<string, { effect: DispositionEffect; meaning: string }>;

export type DispositionCode = keyof typeof dispositions;

/** The disposition that somebody wrote, or null. Case and the mark between two words do not matter. */
export function dispositionCode(text: string): DispositionCode | null {
  const plain = text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
  return isCode(plain) ? plain : null;
}

export function effectOf(code: DispositionCode): DispositionEffect {
  return dispositions[code].effect;
}

/** All codes, for a message. */
export const dispositionNames = Object.keys(dispositions).join(', ');

function isCode(text: string): text is DispositionCode {
  return Object.hasOwn(dispositions, text);
}
