import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { defaultDuplicateRule } from '../contacts/duplicate-rule.ts';
import type { ScrubSettings } from '../contacts/scrub-settings.ts';
import { messageOf } from '../errors.ts';
import type { CampaignDefinition } from './campaign-definition.ts';
import type { CampaignFileContent } from './campaign-file-shape.ts';
import { campaignFileShape } from './campaign-file-shape.ts';
import { closestWord } from './closest-word.ts';
import { namedTimeZone } from './time-zone.ts';
import { parseInstant } from './wall-clock.ts';
import type { Path, Place, ReadYaml } from './yaml-document.ts';
import { readYaml } from './yaml-document.ts';

const DEFAULT_TIMEZONE = 'Asia/Kolkata';
const LARGEST_FILE_BYTES = 1_048_576;

export interface CampaignFile {
  readonly definition: CampaignDefinition;
  /** Absolute paths of the lists that the file names. */
  readonly files: { readonly contacts: string | null; readonly agents: string | null };
  /** Sentences with their place, such as "campaigns/x.yaml:9:3 schedule: …". */
  readonly warnings: string[];
}

export type CampaignFileReading = CampaignFile | { readonly problems: string[] };

interface Finding {
  readonly place: Place;
  readonly path: Path;
  readonly sentence: string;
}

/**
 * Reads and checks a campaign file. Every problem is reported, each as
 * `campaigns/x.yaml:LINE:COL path: what is wrong; what to do`. A list named in `overridden` was given another
 * way, so the file's own one need not be there.
 */
export async function parseCampaignFile(
  path: string,
  overridden: readonly ('contacts' | 'agents')[] = [],
): Promise<CampaignFileReading> {
  let text: string;
  try {
    if ((await stat(path)).size > LARGEST_FILE_BYTES) {
      return { problems: [`${path}: is larger than 1 MB, so it is no campaign file; give its YAML file`] };
    }
    text = await readFile(path, 'utf8');
  } catch (error) {
    return { problems: [`${path}: cannot be read (${messageOf(error)}); check the path`] };
  }
  const yaml = readYaml(text);
  if ('problems' in yaml) {
    return {
      problems: yaml.problems.map((fault) => `${path}:${fault.line}:${fault.column} ${fault.problem}`),
    };
  }
  return checkCampaign(yaml, path, overridden);
}

async function checkCampaign(
  yaml: ReadYaml,
  path: string,
  overridden: readonly ('contacts' | 'agents')[],
): Promise<CampaignFileReading> {
  const content = yaml.content;
  const shape = campaignFileShape.safeParse(content);
  const times = readTimes(content, yaml);
  const files = filesOf(content, dirname(path));
  const problems = [
    ...(shape.success ? [] : shape.error.issues.flatMap((issue) => findingsOf(issue, yaml))),
    ...times.problems,
    ...unfitForMode(content, yaml),
    ...optOutWithoutFlow(content, yaml),
    ...(await missingFiles(files, overridden, yaml)),
  ];
  if (!shape.success || problems.length > 0) return { problems: inOrder(problems, path) };
  const definition = withDefaults(shape.data, times);
  const warnings = [...times.warnings, ...warningsOf(definition, yaml)];
  return { definition, files, warnings: inOrder(warnings, path) };
}

function withDefaults(content: CampaignFileContent, times: Times): CampaignDefinition {
  const { call, schedule, retry, columns, duplicates } = content;
  return {
    name: content.name,
    mode: content.mode,
    account: content.account ?? null,
    contacts: content.contacts ?? null,
    agents: content.agents ?? null,
    flow: content.flow ?? null,
    callerIds: content.callerIds,
    call: {
      recording: call?.recording ?? false,
      recordingChannels: call?.recordingChannels ?? 'single',
      ringSeconds: call?.ringSeconds ?? 30,
      maxSeconds: call?.maxSeconds ?? 1_800,
    },
    schedule: {
      timezone: schedule?.timezone ?? DEFAULT_TIMEZONE,
      start: times.start,
      end: times.end,
      hours: schedule?.hours ?? null,
      holidays: [...new Set(schedule?.holidays)].toSorted(),
    },
    retry: {
      maxAttempts: retry?.maxAttempts ?? 3,
      delayMs: {
        no_answer: retry?.no_answer ?? 7_200_000,
        busy: retry?.busy ?? 900_000,
        unreachable: retry?.unreachable ?? 86_400_000,
      },
    },
    onUnknown: content.onUnknown ?? 'hold',
    onCallBack: content.onCallBack ?? 'keep',
    optOut: content.optOut ?? null,
    wrapUpMs: content.wrapUp ?? 0,
    scrub: content.scrub === undefined ? null : scrubSettings(content.scrub),
    columns: {
      phone: columns?.phone ?? null,
      name: columns?.name ?? null,
      timezone: columns?.timezone ?? null,
      priority: columns?.priority ?? null,
    },
    duplicates: {
      within: duplicates?.within ?? defaultDuplicateRule.within,
      days: duplicates?.days ?? defaultDuplicateRule.days,
      keep: duplicates?.keep ?? defaultDuplicateRule.keep,
    },
    defaultRegion: content.defaultRegion ?? 'IN',
  };
}

const DEFAULT_SCRUB_AGE_MS = 604_800_000;

function scrubSettings(given: NonNullable<CampaignFileContent['scrub']>): ScrubSettings {
  return { maxAgeMs: given.maxAge ?? DEFAULT_SCRUB_AGE_MS, unavailable: given.unavailable ?? 'dial' };
}

interface Times {
  readonly start: string | null;
  readonly end: string | null;
  readonly problems: Finding[];
  readonly warnings: Finding[];
}

/** Start and end in the campaign's zone. They are checked whatever else is wrong, so that all is told at once. */
function readTimes(content: unknown, yaml: ReadYaml): Times {
  const schedule = valueAt(content, ['schedule']);
  const given = valueAt(schedule, ['timezone']);
  const timezone =
    given === undefined ? DEFAULT_TIMEZONE : typeof given === 'string' ? namedTimeZone(given) : null;
  const problems: Finding[] = [];
  const warnings: Finding[] = [];
  const readTime = (key: 'start' | 'end'): string | null => {
    const text = valueAt(schedule, [key]);
    const path = ['schedule', key];
    // what is no text is told by the shape
    if (typeof text !== 'string' || text.trim() === '') return null;
    const reading = parseInstant(text, timezone ?? 'UTC');
    if ('problem' in reading) {
      problems.push({ place: yaml.placeOf(path), path, sentence: reading.problem });
      return null;
    }
    if (reading.warning !== null)
      warnings.push({ place: yaml.placeOf(path), path, sentence: reading.warning });
    // without a zone a wall clock names no instant; only how it is written can be judged
    return timezone === null ? null : reading.iso;
  };
  const start = readTime('start');
  const end = readTime('end');
  if (start !== null && end !== null && Date.parse(end) <= Date.parse(start)) {
    const path = ['schedule', 'end'];
    const sentence = `"${end}" is not after the start, "${start}"; correct one of them`;
    problems.push({ place: yaml.placeOf(path), path, sentence });
  }
  return { start, end, problems, warnings };
}

function warningsOf(definition: CampaignDefinition, yaml: ReadYaml): Finding[] {
  if (definition.schedule.hours !== null) return [];
  const path = ['schedule'];
  const sentence =
    'no hours are set, so contacts may be called at any hour of the day; add hours to limit that';
  return [{ place: yaml.placeOfKey(path), path, sentence }];
}

/** Only in a flow are keys told to us: elsewhere an opt-out would be promised and never heard. */
function optOutWithoutFlow(content: unknown, yaml: ReadYaml): Finding[] {
  const mode = valueAt(content, ['mode']);
  if (valueAt(content, ['optOut']) === undefined || (mode !== 'agents' && mode !== 'connect')) return [];
  const sentence = `does not go with mode ${mode}, in which no keys are told; take it out or use mode flow`;
  return [{ place: yaml.placeOfKey(['optOut']), path: ['optOut'], sentence }];
}

/** What a campaign of this mode cannot have, and what it cannot do without. */
function unfitForMode(content: unknown, yaml: ReadYaml): Finding[] {
  const mode = valueAt(content, ['mode']);
  const given = (key: string): boolean => valueAt(content, [key]) !== undefined;
  const finding = (key: string, sentence: string): Finding => ({
    place: yaml.placeOfKey([given(key) ? key : 'mode']),
    path: [key],
    sentence,
  });
  if (mode === 'flow') {
    const unfit = ['agents', 'wrapUp'].filter(given);
    return [
      ...(given('flow')
        ? []
        : [finding('flow', 'is missing; add the flow that is called, as { appId: "208287" }')]),
      ...unfit.map((key) => finding(key, 'does not go with mode flow, which has no agents; take it out')),
    ];
  }
  if (!given('flow') || (mode !== 'agents' && mode !== 'connect')) return [];
  return [finding('flow', `does not go with mode ${mode}; take it out or use mode flow`)];
}

function filesOf(content: unknown, folder: string): CampaignFile['files'] {
  const pathOf = (key: 'contacts' | 'agents') => {
    const file = valueAt(content, [key]);
    return typeof file === 'string' && file.trim() !== '' ? resolve(folder, file) : null;
  };
  return { contacts: pathOf('contacts'), agents: pathOf('agents') };
}

async function missingFiles(
  files: CampaignFile['files'],
  overridden: readonly ('contacts' | 'agents')[],
  yaml: ReadYaml,
): Promise<Finding[]> {
  const check = async (key: 'contacts' | 'agents'): Promise<Finding[]> => {
    const file = files[key];
    if (file === null || overridden.includes(key)) return [];
    const found = await stat(file).catch(() => null);
    if (found?.isFile() === true) return [];
    const sentence = `there is no file ${file}; correct the path, which starts at the folder of this file`;
    return [{ place: yaml.placeOf([key]), path: [key], sentence }];
  };
  return [...(await check('contacts')), ...(await check('agents'))];
}

function findingsOf(issue: z.core.$ZodIssue, yaml: ReadYaml): Finding[] {
  const { path } = issue;
  if (issue.code !== 'unrecognized_keys') {
    return [{ place: yaml.placeOf(path), path, sentence: sentenceOf(issue, yaml.content) }];
  }
  return issue.keys.map((key) => ({
    place: yaml.placeOfKey([...path, key]),
    path: [...path, key],
    sentence: unknownKey(key, path.join('.')),
  }));
}

function sentenceOf(issue: z.core.$ZodIssue, content: unknown): string {
  if (issue.path.length === 0) return 'the file holds no settings; write them as key: value, name: first';
  const value = valueAt(content, issue.path);
  if (value === undefined) return 'is missing; add it';
  return value === null ? 'has no value; give one or take the line out' : issue.message;
}

function unknownKey(key: string, block: string): string {
  const known = knownKeys();
  const here = known.filter((path) => blockOf(path) === block).map(lastPart);
  const near = closestWord(key, here);
  if (near !== null) return `there is no such key; did you mean ${near}?`;
  const elsewhere = known.find((path) => lastPart(path).toLowerCase() === key.toLowerCase());
  if (elsewhere !== undefined) return `there is no such key here; did you mean ${elsewhere}?`;
  return `there is no such key; the keys here are ${here.join(', ')}`;
}

/** Every key a campaign file may hold, as paths: `name`, `call`, `call.ringSeconds`, … */
function knownKeys(): string[] {
  const top = campaignFileShape.shape;
  return Object.keys(top).concat(
    (['flow', 'call', 'schedule', 'retry', 'optOut', 'scrub', 'columns', 'duplicates'] as const).flatMap(
      (block) => Object.keys(top[block].unwrap().shape).map((key) => `${block}.${key}`),
    ),
  );
}

function blockOf(path: string): string {
  return path.split('.').slice(0, -1).join('.');
}

function lastPart(path: string): string {
  return path.split('.').at(-1) ?? path;
}

function valueAt(content: unknown, path: Path): unknown {
  let value = content;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, segment);
  }
  return value;
}

function inOrder(findings: Finding[], file: string): string[] {
  return findings
    .toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column)
    .map(({ place, path, sentence }) => {
      const where = path.length === 0 ? '' : ` ${path.map(String).join('.')}:`;
      return `${file}:${place.line}:${place.column}${where} ${sentence}`;
    });
}
