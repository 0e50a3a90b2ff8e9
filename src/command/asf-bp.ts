#!/usr/bin/env node
/** The command `asf-bp` as a process: connects its streams, signals and exit code to `run`. */

// Dynamic imports, because the program can catch their failure, for example at the limit of open files.
const [{ run }, { reasonOf }] = await Promise.all([import('./main.ts'), import('./files.ts')]).catch(
  ({ message }: Error) => {
    process.stderr.write(`asf-bp: its own files cannot be loaded: ${message}\n`);
    process.exit(2);
  },
);

// A closed pipe is not an error, but a full disk is.
process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
  if (cause.code === 'EPIPE') return;
  process.stderr.write(`cannot write standard output: ${reasonOf(cause)}\n`);
  process.exit(2);
});

process.exitCode = await run(process.argv.slice(2), process);
