/** The workflows run foreign code only at a fixed commit or version, and never in a job that has a token. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../.github/workflows/', import.meta.url));
const workflows = readdirSync(folder).map((name) => [name, readFileSync(folder + name, 'utf8')] as const);

/** The jobs of a workflow by name. They are indented by two blanks. */
function jobsOf(text: string): [name: string, text: string][] {
  const [, jobs] = text.split(/^jobs:\n/m);
  return [...jobs!.matchAll(/^ {2}(\w+):\n((?: {4}.*\n)+)/gm)].map(([, name, job]) => [name!, job!]);
}
const all = workflows.flatMap(([file, text]) =>
  jobsOf(text).map(([name, job]) => [`${file}: ${name}`, job] as const),
);
const isPowerful = (text: string): boolean => /secrets\.|: write$/m.test(text);

it('an action is named by the hash of a commit, with its version', () => {
  const used = workflows.flatMap(([, text]) =>
    [...text.matchAll(/uses: (?!\.\/)(.*)/g)].map(([, name]) => name),
  );
  expect(used.length).toBeGreaterThan(5);
  expect(used.filter((name) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(name!))).toEqual([]);
});

it('a job has what a workflow may, and only jobs that run actions and publish may write', () => {
  for (const [, text] of workflows) expect(text).toMatch(/^permissions:\n {2}contents: read\n(?! )/m);
  const powerful = all.filter(([, job]) => isPowerful(job));
  expect(powerful.map(([name]) => name).sort()).toEqual(['publish.yml: publish', 'site.yml: deploy']);
  for (const [name, job] of powerful) {
    const runs = [...job.matchAll(/run: (.*)/g)].map(([, run]) => run);
    expect(
      runs.filter((run) => !/^npm (config set|publish .*--ignore-scripts)/.test(run!)),
      name,
    ).toEqual([]);
    expect(job, name).not.toMatch(/container:|--privileged|checkout/);
  }
});
