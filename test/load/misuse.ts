import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { stringify as yamlOf } from 'yaml';
import { freePort, postmasterOf } from './processes.ts';
import type { LoadRun, RunContext } from './run-context.ts';
import { withStage } from './stage.ts';
import type { Stage } from './stage.ts';

/** Gives the CLI everything wrong that people give it. */
export const misuseRun: LoadRun = {
  proves: 'every kind of misuse is told in one clear line, and leaves nothing half-written',
  limitMs: 420_000,
  async run(context) {
    const { figures, signal } = context;
    await withStage({ scenario: {}, signal }, async (stage) => {
      const cases = await wrongUses(stage);
      for (const wrong of cases) await judge(context, stage, wrong);
      const created = await stage.query(
        `select 'campaign' as what from campaigns union all select 'import' from imports
         union all select 'contact' from contacts union all select 'file' from import_parts
         union all select 'agent' from agents`,
      );
      figures.none(
        'rows that were left behind',
        created.map(({ what }) => `a row for a ${String(what)}`),
      );
      return { keep: figures.broken() > 0 };
    });
  },
};

interface WrongUse {
  what: string;
  words: string[];
  environment?: Record<string, string>;
  exitCode: 1 | 2;
  /** what the line must speak of */
  names: RegExp;
  /** things to be there meanwhile */
  during?: () => Promise<() => Promise<void>>;
}

async function wrongUses(stage: Stage): Promise<WrongUse[]> {
  const write = async (file: string, content: string | Buffer): Promise<string> => {
    await writeFile(join(stage.folder, file), content);
    return join(stage.folder, file);
  };
  const good = await write('good.csv', 'phone,name\n9810000001,Asha Rao\n');
  const agents = await write('agents.csv', 'user_id\nagent-001\n');
  const campaign = async (file: string, changes: Record<string, unknown>): Promise<string> =>
    write(
      file,
      yamlOf({
        name: 'wrong',
        mode: 'agents',
        contacts: good,
        agents,
        callerIds: ['+918045680000'],
        ...changes,
      }),
    );
  const withList = async (file: string, content: string | Buffer): Promise<string[]> => {
    const list = await write(file, content);
    return ['campaign', 'create', await campaign(`${file}.yaml`, { contacts: list }), '--start', '--json'];
  };
  const create = async (file: string): Promise<string[]> => ['campaign', 'create', file, '--start', '--json'];
  const away = `postgres://dialer:secret@127.0.0.1:${await freePort()}/dialer`;
  const wholeFile = await campaign('whole.yaml', {});

  return [
    {
      what: 'campaign file with a wrong key',
      words: await create(await campaign('key.yaml', { retries: 3 })),
      exitCode: 2,
      names: /key\.yaml:\d+:\d+ retries: .*retry/,
    },
    {
      what: 'campaign file with a wrong value',
      words: await create(await campaign('value.yaml', { call: { ringSeconds: 'long' } })),
      exitCode: 2,
      names: /value\.yaml:\d+:\d+ call\.ringSeconds: /,
    },
    {
      what: 'campaign file that is no YAML',
      words: await create(await write('broken.yaml', 'name: [oops\nmode: agents\n')),
      exitCode: 2,
      names: /broken\.yaml:\d+:\d+ /,
    },
    {
      what: 'campaign file that is not there',
      words: await create(join(stage.folder, 'nowhere.yaml')),
      exitCode: 2,
      names: /nowhere\.yaml/,
    },
    {
      what: 'list that is not there',
      words: await create(await campaign('nolist.yaml', { contacts: 'nowhere.csv' })),
      exitCode: 2,
      names: /nowhere\.csv/,
    },
    {
      what: 'list without a phone column',
      words: await withList('nophone.csv', 'name,city\nAsha Rao,Pune\nVikram Shah,Surat\n'),
      exitCode: 2,
      names: /nophone\.csv.*phone/,
    },
    { what: 'empty list', words: await withList('empty.csv', ''), exitCode: 2, names: /empty\.csv/ },
    {
      what: 'list with a header only',
      words: await withList('header.csv', 'phone,name\n'),
      exitCode: 2,
      names: /header\.csv/,
    },
    {
      what: 'binary noise as a list',
      words: await withList('noise.csv', randomBytes(65_536)),
      exitCode: 2,
      names: /noise\.csv/,
    },
    {
      what: 'zipped workbook as a list',
      words: await withList('book.csv', Buffer.concat([Buffer.from('PK\u0003\u0004'), randomBytes(8192)])),
      exitCode: 2,
      names: /book\.csv/,
    },
    {
      what: 'unknown setting',
      words: ['campaign', 'list'],
      environment: { DIALER_PROT: '3001' },
      exitCode: 2,
      names: /DIALER_PROT/,
    },
    {
      what: 'setting with a wrong value',
      words: ['start'],
      environment: { EXOTEL_REQUESTS_PER_MINUTE: 'many' },
      exitCode: 2,
      names: /EXOTEL_REQUESTS_PER_MINUTE/,
    },
    {
      what: 'no account',
      words: ['start'],
      environment: { EXOTEL_ACCOUNT_SID: '', EXOTEL_API_KEY: '', EXOTEL_API_TOKEN: '' },
      exitCode: 2,
      names: /EXOTEL_ACCOUNT_SID/,
    },
    {
      what: 'used port',
      words: ['start'],
      exitCode: 1,
      names: new RegExp(stage.environment['DIALER_PORT'] ?? ''),
      during: () => listening(Number(stage.environment['DIALER_PORT'])),
    },
    {
      what: 'database that is away, at the start',
      words: ['start'],
      environment: { DATABASE_URL: away },
      exitCode: 1,
      names: /database|DATABASE_URL/i,
    },
    {
      what: 'database that is away, at a creation',
      words: await create(wholeFile),
      environment: { DATABASE_URL: away },
      exitCode: 1,
      names: /database|DATABASE_URL/i,
    },
    {
      what: 'campaign that is not there',
      words: ['campaign', 'show', 'nobody'],
      exitCode: 1,
      names: /nobody/,
    },
    { what: 'unknown command', words: ['campaign', 'begin', 'wrong'], exitCode: 2, names: /begin/ },
  ];
}

async function judge(
  { figures, say }: RunContext,
  stage: Stage,
  { what, words, environment = {}, exitCode, names, during }: WrongUse,
): Promise<void> {
  const end = await during?.();
  const result = await stage.runWith({ ...environment, LOG_LEVEL: 'warn' }, ...words);
  await end?.();
  const lines = result.stderr.split('\n').filter((line) => line.trim() !== '');
  // a note says what was understood, it is no error
  const errors = lines.filter((line) => !line.startsWith('note: '));
  for (const line of lines) say(`${what}: [${result.code}] ${line}`);
  const faults = [
    ...(result.code === exitCode ? [] : [`it ended with ${result.code}, not ${exitCode}`]),
    ...(errors.length === 1 ? [] : [`${errors.length} lines instead of one`]),
    ...(errors.some((line) => names.test(line)) ? [] : [`no line says ${names.source}`]),
    ...(lines.some((line) => /^\s+at .*:\d+:\d+/.test(line)) ? ['a stack trace'] : []),
    ...(result.stdout.trim() === '' ? [] : [`it printed ${result.stdout.trim().slice(0, 80)}`]),
    ...(result.ms > 20_000 ? [`it took ${Math.round(result.ms / 1000)} s`] : []),
    ...(postmasterOf(stage.folder) === null ? [] : ['a database server was left running']),
  ];
  figures.none(what, faults);
}

/** Takes a port, as another program would. */
async function listening(port: number): Promise<() => Promise<void>> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return () => new Promise((resolve) => void server.close(() => resolve()));
}
