#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNewEnough, oldestNode } from './node-version.js';

/*
 * The command itself: plain JavaScript, because an older Node cannot even load TypeScript to say what is wrong.
 * On a new enough Node it becomes the program; on an older one it runs the program on the pinned Node and stands
 * between: same terminal, same process group, same exit code.
 */
const here = dirname(fileURLToPath(import.meta.url));

/** How long the child may take to say that it got a signal; past it, the signal itself is sent. */
const receiptTimeout = 1000;

if (isNewEnough(process.versions.node)) {
  // compiled code is kept beside the packages, which are whoever installed them's: half of a command's time is compiling
  nodeModule.enableCompileCache(join(here, '..', '..', 'node_modules', '.cache', 'compiled'));
  await import('./main.ts');
} else runOn(findPinnedNode());

function findPinnedNode() {
  const program = join('bin', process.platform === 'win32' ? 'node.exe' : 'node');
  try {
    const found = join(
      dirname(nodeModule.createRequire(import.meta.url).resolve('node/package.json')),
      program,
    );
    return existsSync(found) ? found : null;
  } catch {
    return null;
  }
}

function runOn(node) {
  if (node === null) {
    fail('it is not installed');
    return;
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    // The fourth is a channel: it carries signals, and its end tells the child that this process was killed.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => passOn(child, signal));
}

/**
 * A Ctrl-C at a terminal, or a service manager's SIGTERM to all, reaches the child as well; a `kill` of this process
 * does not, and nobody can see from here which it was. So the child is told, and leaves out what it got itself.
 */
function passOn(child, signal) {
  const fallback = setTimeout(() => child.kill(signal), receiptTimeout);
  child.once('message', () => clearTimeout(fallback));
  if (child.connected) child.send({ signal }, () => undefined);
}

function fail(reason) {
  process.stderr.write(
    `dialer needs Node ${oldestNode} or newer, this is ${process.versions.node}, and the Node that comes with it ` +
      `cannot be used (${reason}): run \`npm ci\` in ${dirname(dirname(here))}\n`,
  );
  process.exit(1);
}
