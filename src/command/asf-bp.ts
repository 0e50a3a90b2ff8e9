#!/usr/bin/env node
/** The command `asf-bp` as a process: its streams, its signals and its exit code go to `run`. */
import { reasonOf } from './files.ts';
import { run } from './main.ts';

// Whoever stopped reading is no error; a full disk is.
process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
  if (cause.code === 'EPIPE') return;
  process.stderr.write(`cannot write standard output: ${reasonOf(cause)}\n`);
  process.exit(2);
});

process.exitCode = await run(process.argv.slice(2), process);
