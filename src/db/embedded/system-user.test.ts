import { expect, test } from 'vitest';
import { serverUserOf } from './system-user.ts';

const root = 'root:x:0:0:root:/root:/bin/bash';
const nobody = 'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin';
const postgres = 'postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash';

test('root hands the server to postgres where the system has that user, else to nobody', () => {
  expect(serverUserOf([root, nobody, postgres].join('\n'))).toEqual({ name: 'postgres', uid: 101, gid: 104 });
  expect(serverUserOf([root, nobody, ''].join('\n'))).toEqual({ name: 'nobody', uid: 65_534, gid: 65_533 });
});

test('a system with neither leads to another user or DATABASE_URL', () => {
  expect(() => serverUserOf(root)).toThrow(/start the dialer as another user, or set DATABASE_URL/);
});
