import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { campaignModes } from '../../src/campaigns/campaign-mode.ts';
import { accountKeys, settingNames } from '../../src/config.ts';
import { errorCodes } from '../../src/exotel/error-codes.ts';
import { hostsByRegion } from '../../src/exotel/hosts.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = ['README.md', ...globSync('docs/*.md', { cwd: root })];
const read = (page: string): string => readFileSync(join(root, page), 'utf8');
const readme = read('README.md');
const exotel = read('docs/exotel.md');
const named = (text: string, name: string): boolean => text.includes(`\`${name}\``);

test('the README names every setting', () => {
  expect(settingNames.filter((name) => !named(readme, name))).toEqual([]);
});

test('no page names a setting that there is not', () => {
  const known = new Set(settingNames);
  const wrong = [...pages, 'docker-compose.yml'].flatMap((page) =>
    [...read(page).matchAll(/\b(?:DIALER|EXOTEL)_\w*[A-Z0-9]\b/g)]
      .filter(([name]) => !known.has(name))
      .map(([name]) => `${page}: ${name}`),
  );
  expect(wrong).toEqual([]);
});

test('the page about Exotel names what differs from account to account, in the environment and in the accounts file', () => {
  const settings = settingNames.filter((name) => name.startsWith('EXOTEL_'));
  expect([...settings, ...accountKeys].filter((name) => !named(exotel, name))).toEqual([]);
});

test('the page about Exotel names each mode, each region with its hosts, and each code that a person must act on', () => {
  const regions = Object.entries(hostsByRegion).flatMap(([region, { v1Url, ccmUrl }]) => [
    region,
    new URL(v1Url).host,
    new URL(ccmUrl).host,
  ]);
  expect([...campaignModes, ...regions].filter((name) => !named(exotel, name))).toEqual([]);
  const urgent = [...errorCodes].filter(([, { advice }]) => advice !== null).map(([code]) => String(code));
  expect(urgent).not.toEqual([]);
  expect(urgent.filter((code) => !new RegExp(`\\b${code}\\b`).test(exotel))).toEqual([]);
});

test('every link from a page to a file or a heading leads somewhere', () => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
      .filter(([, file = '', heading]) => !leadsSomewhere(page, file, heading))
      .map(([link]) => `${page}: ${link}`),
  );
  expect(broken).toEqual([]);
});

function leadsSomewhere(page: string, file: string, heading: string | undefined): boolean {
  const target = file === '' ? join(root, page) : resolve(root, dirname(page), file);
  if (!existsSync(target)) return false;
  return heading === undefined || headingsOf(readFileSync(target, 'utf8')).has(heading);
}

/** The anchors of a page, made as Git hosts make them: small letters, no punctuation, dashes for spaces. */
function headingsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
