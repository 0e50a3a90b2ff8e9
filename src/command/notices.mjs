/** The libraries in a bundle: their licence notices, and a list for audits. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folders of the packages whose code is in esbuild's output, sorted by name. */
export function packagesOf({ outputs }) {
  const inputs = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([input]) => input),
  );
  const folders = inputs.map((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

/**
 * The notices of packages: a line with name, version, licence and address, then the text of the licence. Packages with an equal text share
 * it.
 */
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

/** The packages as a CycloneDX document, which audit tools read. */
export function sbomOf(folders, { name, version }) {
  const components = folders.map((folder) => {
    const of = manifestOf(folder);
    const purl = `pkg:npm/${of.name.replace('@', '%40')}@${of.version}`;
    const licenses = [{ expression: of.license }];
    return {
      type: 'library',
      'bom-ref': `${purl}#${folder}`,
      name: of.name,
      version: of.version,
      purl,
      licenses,
    };
  });
  const component = { type: 'application', name, version, purl: `pkg:npm/${name}@${version}` };
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component },
    components,
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** The line of a package, and the text of its licence. Throws if there is no text. */
function licenceOf(folder) {
  const { name, version, license, repository, homepage } = manifestOf(folder);
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)([.-]|$)/i.test(file));
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim());
  if (texts.length === 0) throw new Error(`${folder}: expected the text of its licence, got none`);
  const address = homepage ?? (repository?.url ?? repository ?? '').replace(/^git\+/, '');
  const whole = address.includes(':') ? address : `https://github.com/${address}`;
  const text = texts.join('\n\n').replace(/\r\n/g, '\n');
  return { line: `${name} ${version}, ${license}, ${whole}`, text };
}
