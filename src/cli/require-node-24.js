import { isNewEnough, oldestNode } from './node-version.js';

// Where npm's install scripts are switched off, the pinned Node is missing and scripts silently run on the machine's.
if (!isNewEnough(process.versions.node)) {
  process.stderr.write(
    `This needs Node ${oldestNode} or newer and runs on ${process.versions.node}: run \`npm ci\` with install scripts ` +
      'allowed (it brings the pinned Node), or use a newer Node.\n',
  );
  process.exit(1);
}
