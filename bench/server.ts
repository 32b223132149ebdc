import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { acquireEmbeddedDatabase } from '../src/db/embedded/acquire.ts';
import { migrate } from '../src/db/migrate.ts';
import { createLog } from '../src/log.ts';

/** A PostgreSQL with the settings that the product gives it, and a folder beside it for files. */
export interface BenchServer {
  folder: string;
  /** An empty database with the product's schema; its address. One of that name before is dropped. */
  fresh(name: string): Promise<string>;
  drop(name: string): Promise<void>;
  close(): Promise<void>;
}

export async function startBenchServer(): Promise<BenchServer> {
  const log = createLog('warn');
  const folder = await mkdtemp(join(tmpdir(), 'dialer-bench-'));
  // the server runs as another user where this process is root
  await chmod(folder, 0o755);
  const server = await acquireEmbeddedDatabase({ dataDirectory: join(folder, 'data'), log });

  const administer = async (...statements: string[]): Promise<void> => {
    const admin = new Client({ connectionString: server.url });
    await admin.connect();
    try {
      for (const statement of statements) await admin.query(statement);
    } finally {
      await admin.end();
    }
  };
  const drop = (name: string) => administer(`drop database if exists ${name} with (force)`);

  return {
    folder,
    async fresh(name) {
      await drop(name);
      await administer(`create database ${name}`);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      await migrate({ url: url.href, log });
      return url.href;
    },
    drop,
    async close() {
      await server.release();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Writes out what is dirty, so that a contestant does not pay for the one before. */
export async function settleServer(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('checkpoint');
  await client.end();
}
