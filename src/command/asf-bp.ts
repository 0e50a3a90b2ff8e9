#!/usr/bin/env node
/** The command `asf-bp` as a process: connects its streams, signals and exit code to `run`. */
import { reasonOf } from './files.ts';
import { run } from './main.ts';

// A closed pipe is not an error; a full disk is.
process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
  if (cause.code === 'EPIPE') return;
  process.stderr.write(`cannot write standard output: ${reasonOf(cause)}\n`);
  process.exit(2);
});

process.exitCode = await run(process.argv.slice(2), process);
