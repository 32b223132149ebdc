import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Merge, Mergeable } from './list-changes.ts';
import { filledUp, withoutMerge } from './list-changes.ts';

const contact: fc.Arbitrary<Mergeable> = fc.record({
  numbers: fc.uniqueArray(fc.constantFrom('+911', '+912', '+913', '+914'), { minLength: 1 }),
  name: fc.constantFrom(null, 'Asha', 'Ravi'),
  timezone: fc.constantFrom(null, 'Asia/Dubai'),
  timezoneSource: fc.constantFrom('column', 'campaign'),
  priority: fc.constantFrom(0, 1, 2),
  cells: fc.tuple(fc.constantFrom('', 'a'), fc.constantFrom('', 'b', 'c')).map((cells) => [...cells]),
});

test('a contact after some of its merges are undone, in whatever order, is as if those had never come', () => {
  fc.assert(
    fc.property(
      contact,
      fc.array(contact, { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat({ max: 4 }), { maxLength: 5 }),
      (first, rows, undone) => {
        let standing = first;
        let merges: Merge[] = rows.map((added, importId) => {
          const before = standing;
          standing = filledUp(before, added);
          return { importId, before, added };
        });
        for (const importId of undone) {
          const without = withoutMerge(merges, importId);
          if (without !== null) ({ contact: standing, left: merges } = without);
        }
        const never = rows.filter((_, importId) => !undone.includes(importId)).reduce(filledUp, first);
        expect(standing).toEqual(never);
      },
    ),
  );
});
