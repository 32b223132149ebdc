import { isDoNotDisturb } from './call-plan.ts';
import { numberV1 } from './call-v1.ts';
import { circles } from './circles.ts';
import type { Tree } from './envelope-v1.ts';
import { randomFor } from './random.ts';
import type { Scenario } from './scenario.ts';

type Circle = (typeof circles)[number];

const circleNames: Readonly<Record<Circle, string>> = {
  AP: 'Andhra Pradesh Telecom Circle',
  AS: 'Assam Telecom Circle',
  BR: 'Bihar & Jharkhand Telecom Circle',
  CH: 'Chennai Metro Telecom Circle',
  DL: 'Delhi Metro Telecom Circle',
  GJ: 'Gujarat Telecom Circle',
  HP: 'Himachal Pradesh Telecom Circle',
  HR: 'Haryana Telecom Circle',
  JK: 'Jammu & Kashmir Telecom Circle',
  KA: 'Karnataka Telecom Circle',
  KL: 'Kerala Telecom Circle',
  KO: 'Kolkata Metro Telecom Circle',
  MH: 'Maharashtra Telecom Circle',
  MP: 'Madhya Pradesh & Chhattisgarh Telecom Circle',
  MU: 'Mumbai Metro Telecom Circle',
  NE: 'North East Telecom Circle',
  OR: 'Odisha Telecom Circle',
  PB: 'Punjab Telecom Circle',
  RJ: 'Rajasthan Telecom Circle',
  TN: 'Tamil Nadu Telecom Circle',
  UE: 'Uttar Pradesh (East) Telecom Circle',
  UW: 'Uttar Pradesh (West) & Uttarakhand Telecom Circle',
  WB: 'West Bengal Telecom Circle',
};

const operators = [
  { Operator: 'A', OperatorName: 'Airtel' },
  { Operator: 'B', OperatorName: 'BSNL' },
  { Operator: 'R', OperatorName: 'Reliance' },
  { Operator: 'V', OperatorName: 'Vodafone' },
];

/** What Exotel knows of an Indian number (E.164); null for a number of another country. */
export function numberMetadata(scenario: Scenario, number: string): Tree | null {
  if (!/^\+91\d{10}$/.test(number)) return null;
  const one = <Item>(what: string, of: readonly Item[]): Item | undefined =>
    of[Math.floor(randomFor(scenario.seed, what, number).next() * of.length)];
  const circle = scenario.numbers[number]?.circle ?? one('circle', circles) ?? 'KA';
  return {
    PhoneNumber: numberV1(number, scenario),
    Circle: circle,
    CircleName: circleNames[circle],
    // Some area codes of towns begin like mobile numbers do; nothing here depends on telling them apart.
    Type: /^\+91[6-9]/.test(number) ? 'Mobile' : 'Landline',
    ...one('operator', operators),
    DND: doNotDisturbWord(scenario, number),
  };
}

/** The register as the metadata tells it, which is not always as the refusal of a call knows it. */
function doNotDisturbWord(scenario: Scenario, number: string): 'Yes' | 'No' | 'Unavailable' {
  const { outdated, unavailable } = scenario.doNotDisturb;
  const chance = (what: string, share: number): boolean =>
    randomFor(scenario.seed, what, number).chance(share);
  if (chance('do_not_disturb unavailable', unavailable)) return 'Unavailable';
  if (!isDoNotDisturb(scenario, number)) return 'No';
  return chance('do_not_disturb outdated', outdated) ? 'No' : 'Yes';
}
