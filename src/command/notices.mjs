/** Which libraries are in a bundle, and what their licences ask to be said. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folders of the packages of which something is in what esbuild made, by its metafile; in order of their names. */
export function packagesOf({ outputs }) {
  const inputs = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([input]) => input),
  );
  const folders = inputs.map((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

/** The notices of packages: name, version, licence and address, then the texts; one text once. */
export function noticesOf(folders) {
  const named = new Map();
  for (const folder of folders) {
    const { line, text } = licenceOf(folder);
    named.set(text, [...(named.get(text) ?? []), line]);
  }
  const parts = [...named].map(([text, lines]) => `${lines.join('\n')}\n\n${text}\n`);
  const head = 'The command of asf-bp, dist/asf-bp.js and dist/asf-bp/, contains code of these packages.\n';
  return [head, ...parts].join(`\n${'-'.repeat(80)}\n\n`);
}

/** What a package says of itself, and the text of its licence; a package without one cannot be bundled. */
function licenceOf(folder) {
  const { name, version, license, repository, homepage } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)([.-]|$)/i.test(file));
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim());
  if (texts.length === 0) throw new Error(`${folder}: expected the text of its licence, got none`);
  const address = homepage ?? (repository?.url ?? repository ?? '').replace(/^git\+/, '');
  const whole = address.includes(':') ? address : `https://github.com/${address}`;
  const text = texts.join('\n\n').replace(/\r\n/g, '\n');
  return { line: `${name} ${version}, ${license}, ${whole}`, text };
}
