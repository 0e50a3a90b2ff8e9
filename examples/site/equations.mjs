/** The table of `spec/equations.ts` for the page: the functions that compute each equation, their files, and the tests that call them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param root the folder of the built repository */
export async function equationsOf(root) {
  const { equations } = await import(join(root, 'dist/spec/equations.js'));
  const textOf = (path) => readFileSync(join(root, path), 'utf8');
  const all = readdirSync(join(root, 'test/spec')).filter((name) => name.endsWith('.test.ts'));
  const tests = all.map((name) => ({ file: `test/spec/${name}`, text: textOf(`test/spec/${name}`) }));
  return equations.map(({ number, title, formula, files, functions }) => ({
    number,
    title,
    formula,
    functions: functions.map(({ name }) => {
      const file = files
        .map((each) => `spec/${each}`)
        .find((path) => textOf(path).includes(`export function ${name}(`));
      const calling = tests.filter(({ text }) => text.includes(`${name}(`)).map((test) => test.file);
      // The test of this file if there is one, else the first test that calls the function.
      const own = `test/${file.replace(/\.ts$/, '.test.ts')}`;
      return { name, file, tests: [calling.includes(own) ? own : calling[0]] };
    }),
  }));
}
