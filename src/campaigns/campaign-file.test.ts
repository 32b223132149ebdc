import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CampaignFile } from './campaign-file.ts';
import { parseCampaignFile } from './campaign-file.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'campaign-file-'));
  await writeFile(join(folder, 'contacts.csv'), 'phone\n9000000001\n');
  await writeFile(join(folder, 'agents.csv'), 'user_id\nagent-001\n');
});
afterAll(() => rm(folder, { recursive: true }));

const MINIMAL = `name: renewal
mode: agents
callerIds: ["+918045680000"]
`;

const FLOW = `name: reminder
mode: flow
flow: { appId: 208287 }
callerIds: ["+918045680000"]
`;

async function parse(yaml: string, overridden: ('contacts' | 'agents')[] = []) {
  const path = join(folder, 'campaign.yaml');
  await writeFile(path, yaml);
  return parseCampaignFile(path, overridden);
}

async function accepted(yaml: string): Promise<CampaignFile> {
  const reading = await parse(yaml);
  if ('problems' in reading) throw new Error(reading.problems.join('\n'));
  return reading;
}

/** The problems without the folder in front of them: "3:1 path: sentence". */
async function problemsOf(yaml: string): Promise<string[]> {
  const reading = await parse(yaml);
  const prefix = `${join(folder, 'campaign.yaml')}:`;
  return 'problems' in reading ? reading.problems.map((problem) => problem.replace(prefix, '')) : [];
}

describe('a campaign file', () => {
  test('that says only what it must gets every default, and a warning that any hour is a calling hour', async () => {
    const { definition, files, warnings } = await accepted(MINIMAL);
    expect(definition).toEqual({
      name: 'renewal',
      mode: 'agents',
      account: null,
      contacts: null,
      agents: null,
      flow: null,
      callerIds: ['+918045680000'],
      call: { recording: false, recordingChannels: 'single', ringSeconds: 30, maxSeconds: 1_800 },
      schedule: { timezone: 'Asia/Kolkata', start: null, end: null, hours: null, holidays: [] },
      retry: { maxAttempts: 3, delayMs: { no_answer: 7_200_000, busy: 900_000, unreachable: 86_400_000 } },
      onUnknown: 'hold',
      onCallBack: 'keep',
      optOut: null,
      wrapUpMs: 0,
      scrub: null,
      columns: { phone: null, name: null, timezone: null, priority: null },
      duplicates: { within: 'campaign', days: 30, keep: 'first' },
      defaultRegion: 'IN',
    });
    expect(files).toEqual({ contacts: null, agents: null });
    expect(warnings).toEqual([expect.stringMatching(/campaign\.yaml:1:1 schedule: no hours are set/)]);
  });

  test('that says everything is read as it says, and is plain JSON', async () => {
    const { definition, files, warnings } = await accepted(`name: Renewal_2026.nov-1
mode: agents
account: main
contacts: contacts.csv
agents: ./agents.csv
callerIds: ["+918045680000", "+918045680001"]
call: { recording: true, recordingChannels: dual, ringSeconds: 45, maxSeconds: 900 }
schedule:
  start: 2026-12-01T10:00
  end: 2026-12-05T19:00
  timezone: asia/kolkata
  hours: { mon-fri: ["10:00-13:00", "14:00-19:00"], sat: 10:00-14:00 }
  holidays: [2026-12-04, 2026-12-03, 2026-12-03]
retry: { maxAttempts: 5, no_answer: PT1H30M, busy: 0, unreachable: 1d }
onUnknown: retry
wrapUp: 10s
columns: { phone: Mobile No., priority: none }
defaultRegion: ae
`);
    expect(definition).toMatchObject({
      name: 'Renewal_2026.nov-1',
      account: 'main',
      contacts: 'contacts.csv',
      call: { recording: true, recordingChannels: 'dual', ringSeconds: 45, maxSeconds: 900 },
      schedule: {
        timezone: 'Asia/Kolkata',
        start: '2026-12-01T10:00:00+05:30',
        end: '2026-12-05T19:00:00+05:30',
        hours: {
          mon: [
            [600, 780],
            [840, 1140],
          ],
          sat: [[600, 840]],
          sun: [],
        },
        holidays: ['2026-12-03', '2026-12-04'],
      },
      retry: { maxAttempts: 5, delayMs: { no_answer: 5_400_000, busy: 0, unreachable: 86_400_000 } },
      onUnknown: 'retry',
      wrapUpMs: 10_000,
      columns: { phone: 'Mobile No.', name: null, priority: '' },
      defaultRegion: 'AE',
    });
    expect(files).toEqual({ contacts: join(folder, 'contacts.csv'), agents: join(folder, 'agents.csv') });
    expect(warnings).toEqual([]);
    expect(JSON.parse(JSON.stringify(definition))).toEqual(definition);
  });

  test('with many faults tells all of them at once, each with its place', async () => {
    expect(
      await problemsOf(`name: two words
mode: flow
callerIds: [+918045680000]
contacts: nowhere.csv
call: { ringSeconds: 300, maxSecond: 5, recording: maybe }
schedule:
  start: 2026-12-05T10:00
  end: 2026-12-01T10:00
  hours: { mon: ["10:00-13:00", "9-5"], funday: [] }
  holidays: [2026-02-30]
retry: { busy: 15 }
onUnknown:
timezone: Asia/Kolkata
`),
    ).toEqual([
      expect.stringMatching(/^1:7 name: "two words" cannot be a name; use up to 64 letters/),
      '2:1 flow: is missing; add the flow that is called, as { appId: "208287" }',
      expect.stringMatching(/^3:13 callerIds\.0: 918045680000 is read as a number without its \+; write it/),
      expect.stringMatching(/^4:11 contacts: there is no file .*nowhere\.csv; correct the path/),
      '5:22 call.ringSeconds: 300 is not allowed; use a whole number from 5 to 60',
      '5:27 call.maxSecond: there is no such key; did you mean maxSeconds?',
      '5:52 call.recording: "maybe" is neither true nor false; write one',
      expect.stringMatching(/^8:8 schedule\.end: .* is not after the start/),
      expect.stringMatching(/^9:33 schedule\.hours\.mon\.1: "9-5" is not a window of hours/),
      expect.stringMatching(/^9:49 schedule\.hours\.funday: "funday" names no day/),
      '10:14 schedule.holidays.0: "2026-02-30" is not a date; write it as 2026-12-03',
      expect.stringMatching(/^11:16 retry\.busy: 15 has no unit/),
      '12:1 onUnknown: has no value; give one or take the line out',
      '13:1 timezone: there is no such key here; did you mean schedule.timezone?',
    ]);
  });

  test.each([
    [
      'a key that is nearly right',
      'caller_ids: []',
      /caller_ids: there is no such key; did you mean callerIds\?/,
    ],
    [
      'a key that is nothing like one',
      'pacing: 4',
      /pacing: there is no such key; the keys here are name, mode/,
    ],
    [
      'a key within a block that is nothing like one',
      'duplicates: { window: 3 }',
      /duplicates\.window: there is no such key; the keys here are within, days, keep$/m,
    ],
    ['an unknown mode', 'mode: predictive', /"predictive" is not a mode; use agents, connect or flow/],
    ['a name like an option', 'name: --all', /"--all" cannot be a name/],
    ['a name with a slash', 'name: a/b', /cannot be a name/],
    ['a name that is a number', 'name: 2026', /2026 is not text; put it in quotes/],
    ['no caller ID', 'callerIds: []', /callerIds: is empty; list at least one number/],
    ['one caller ID without a list', 'callerIds: "+918045680000"', /callerIds: is not a list; write it as/],
    [
      'a caller ID in national form',
      'callerIds: ["08045680000"]',
      /is not a full phone number; write it with \+/,
    ],
    ['a caller ID twice', 'callerIds: ["+918045680000", "+918045680000"]', /is listed twice/],
    ['a block that is no block', 'call: yes', /call: is not a block of settings/],
    ['a ring too short to be answered', 'call: { ringSeconds: 4 }', /use a whole number from 5 to 60/],
    ['a part of a second', 'call: { maxSeconds: 1.5 }', /use a whole number from 1 to 14400/],
    ['unknown channels', 'call: { recordingChannels: stereo }', /use single or dual/],
    [
      'an abbreviated zone',
      'schedule: { timezone: IST }',
      /"IST" is not the name of a time zone; use one such as/,
    ],
    [
      'a start without a time',
      'schedule: { start: 2026-12-01 }',
      /schedule\.start: .* not a date with a time/,
    ],
    [
      'a bad end in an unknown zone',
      'schedule: { end: soon, timezone: IST }',
      /schedule\.end: "soon" is not a date/,
    ],
    [
      'an end equal to the start',
      'schedule: { start: 2026-12-01T10:00, end: 2026-12-01T10:00 }',
      /not after the start/,
    ],
    [
      'a time the clock skips',
      'schedule: { start: 2026-03-08T02:30, timezone: America/New_York }',
      /does not exist/,
    ],
    [
      'hours that are a list',
      'schedule: { hours: ["10:00-13:00"] }',
      /schedule\.hours: is not a list of days/,
    ],
    ['no attempt at all', 'retry: { maxAttempts: 0 }', /use a whole number from 1 to 50/],
    ['a wait past a month', 'retry: { busy: 31d }', /"31d" is too long; 30d is the most/],
    [
      'a scrub that nobody could be called by',
      'scrub: { maxAge: 10m }',
      /scrub\.maxAge: is too short to call anybody by/,
    ],
    [
      'another word for what is not known',
      'scrub: { unavailable: skip }',
      /"skip" is not known here; use dial or hold/,
    ],
    ['another answer to unknown', 'onUnknown: ask', /"ask" is not known here; use hold or retry/],
    ['another answer to a call back', 'onCallBack: drop', /"drop" is not known here; use withdraw or keep/],
    ['an opt-out without a key', 'optOut: { key: "9" }', /optOut\.key: there is no such key/],
    ['two keys to opt out', 'optOut: { digit: 99 }', /99 is not one key of a phone/],
    ['an opt-out where no keys are told', 'optOut: { digit: 9 }', /optOut: does not go with mode agents/],
    ['another rule for duplicates', 'duplicates: { keep: newest }', /use first or last or merge or all/],
    [
      'days without the account',
      'duplicates: { days: 9 }',
      /duplicates\.days: only counts with "within: acc/,
    ],
    [
      'to change contacts of other campaigns',
      'duplicates: { within: account, keep: last }',
      /duplicates\.keep: "last" would change contacts of other campaigns/,
    ],
    [
      'no column for numbers',
      'columns: { phone: [] }',
      /is not the name of a column, or several as \[Mobile/,
    ],
    ['a country in words', 'defaultRegion: India', /"India" is not a country code/],
    ['a value left empty', 'wrapUp:', /wrapUp: has no value; give one or take the line out/],
  ])('refuses %s', async (_, line, problem) => {
    const key = line.slice(0, line.indexOf(':'));
    const others = MINIMAL.split('\n').filter((other) => !other.startsWith(`${key}:`));
    expect((await problemsOf([line, ...others].join('\n'))).join('\n')).toMatch(problem);
  });

  test.each(['name', 'mode', 'callerIds'])('without %s says that it is missing', async (key) => {
    const rest = MINIMAL.split('\n').filter((line) => !line.startsWith(key));
    expect(await problemsOf(rest.join('\n'))).toEqual([`1:1 ${key}: is missing; add it`]);
  });

  test('says what becomes of customers who call back, and by which key those in a flow opt out', async () => {
    const { definition } = await accepted(`name: reminder
mode: flow
flow: { appId: 208287 }
callerIds: ["+918045680000"]
onCallBack: withdraw
optOut: { digit: 9 }
`);
    expect(definition).toMatchObject({ onCallBack: 'withdraw', optOut: { digit: '9' } });
  });

  test('names the flow of a campaign without agents, as a number or as text', async () => {
    for (const appId of ['208287', '"208287"']) {
      const { definition } = await accepted(FLOW.replace('208287', appId));
      expect(definition).toMatchObject({ mode: 'flow', flow: { appId: '208287' }, agents: null });
    }
    const connect = await accepted(MINIMAL.replace('agents', 'connect'));
    expect(connect.definition).toMatchObject({ mode: 'connect', flow: null });
  });

  test.each([
    [
      'agents',
      'agents: agents.csv',
      '5:1 agents: does not go with mode flow, which has no agents; take it out',
    ],
    ['a wrap-up', 'wrapUp: 10s', '5:1 wrapUp: does not go with mode flow, which has no agents; take it out'],
  ])('refuses %s in mode flow', async (_, line, problem) => {
    expect(await problemsOf(`${FLOW}${line}\n`)).toEqual([problem]);
  });

  test.each([
    [
      'no flow',
      FLOW.replace(/flow: .*\n/, ''),
      '2:1 flow: is missing; add the flow that is called, as { appId: "208287" }',
    ],
    ['no id in it', FLOW.replace('appId: 208287', ''), '3:7 flow.appId: is missing; add it'],
    [
      'an address for its id',
      FLOW.replace('208287', 'http://my.exotel.com/x'),
      /^3:16 flow\.appId: .* is not the id of a flow/,
    ],
    [
      'a flow beside agents',
      `${MINIMAL}flow: { appId: 1 }\n`,
      '4:1 flow: does not go with mode agents; take it out or use mode flow',
    ],
  ])('refuses a mode with %s', async (_, yaml, problem) => {
    expect(await problemsOf(yaml)).toEqual([
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    ]);
  });

  test('warns of a start that comes twice and takes the earlier', async () => {
    const { definition, warnings } = await accepted(
      `${MINIMAL}schedule: { start: 2026-11-01T01:30, timezone: America/New_York, hours: { mon: [] } }\n`,
    );
    expect(definition.schedule.start).toBe('2026-11-01T01:30:00-04:00');
    expect(warnings).toEqual([expect.stringMatching(/:4:20 schedule\.start: .*comes twice/)]);
  });

  test('need not have the lists it names when they are given another way', async () => {
    const yaml = `${MINIMAL}contacts: elsewhere.csv\nagents: nobody.csv\n`;
    expect(await parse(yaml, ['contacts', 'agents'])).toHaveProperty('definition.contacts', 'elsewhere.csv');
    expect(await problemsOf(yaml)).toHaveLength(2);
  });

  test.each([
    ['is not YAML', 'name: a\nmode: [agents\n', /^\d+:\d+ this is not valid YAML/],
    ['has a key twice', `${MINIMAL}name: other\n`, /^4:1 this is not valid YAML \(Map keys must be unique\)/],
    ['is empty', '', /^1:1 the file holds no settings/],
    ['is a list', '- name: a\n', /^1:1 the file holds no settings/],
    ['follows an alias to nowhere', `${MINIMAL}account: *nobody\n`, /alias/],
    [
      'grows beyond bounds by its aliases',
      `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [${'*a, '.repeat(9)}]\nc: &c [${'*b, '.repeat(9)}]\nd: [${'*c, '.repeat(9)}]\n`,
      /aliases \(\*name\) of this file cannot be followed/,
    ],
  ])('that %s is refused with its place', async (_, yaml, problem) => {
    expect((await problemsOf(yaml))[0]).toMatch(problem);
  });

  test('that is not there is told by its path', async () => {
    expect(await parseCampaignFile(join(folder, 'none.yaml'))).toEqual({
      problems: [expect.stringMatching(/none\.yaml: cannot be read \(.*ENOENT.*\); check the path/)],
    });
  });
});

test.each(['renewal-november', 'office-hours'])(
  'the sample campaign %s is without problems',
  async (name) => {
    const reading = await parseCampaignFile(
      new URL(`../../campaigns/${name}/campaign.yaml`, import.meta.url).pathname,
    );
    expect(reading).toHaveProperty('definition.name', name);
  },
);
