import { expect, test } from 'vitest';
import { isSameNumber } from './same-number.ts';

test.each([
  ['+919900000001', '+919900000001'],
  ['+919900000001', '09900000001'],
  ['09900000001', '+919900000001'],
  ['+919900000001', '919900000001'],
  ['+919900000001', '00919900000001'],
  ['+919900000001', ' 099000 00001 '],
  ['09900000001', '9900000001'],
  ['+918040000000', '08040000000'],
  ['+6591234567', '6591234567'],
  ['+6591234567', '91234567'],
  ['+6591234567', '006591234567'],
  ['sip:Asha@voip.example', 'sip:asha@voip.example'],
])('takes %s and %s for the same', (one, other) => {
  expect(isSameNumber(one, other)).toBe(true);
});

test.each([
  ['+919900000001', '09900000002'],
  ['+919900000001', '+659900000001'],
  ['+919900000001', '0000001'],
  ['+919900000001', ''],
  ['', ''],
  ['+919900000001', null],
  [null, null],
  ['sip:asha@voip.example', 'sip:ravi@voip.example'],
  ['sip:asha@voip.example', '+919900000001'],
])('takes %o and %o for different ones', (one, other) => {
  expect(isSameNumber(one, other)).toBe(false);
});
