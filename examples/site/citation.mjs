/** The citation on the page: the paper and the software of CITATION.cff as BibTeX. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const entry = (kind, name, fields) => {
  const lines = Object.entries(fields).map(([key, value]) => `  ${key} = {${value}}`);
  return `@${kind}{${name},\n${lines.join(',\n')}\n}`;
};

/** @param root the folder of the repository */
export function citationOf(root) {
  const text = readFileSync(join(root, 'CITATION.cff'), 'utf8');
  const [software, paper] = text.split('preferred-citation:');
  const field = (part, key) => part.match(new RegExp(`^ *${key}: '?(.*?)'?$`, 'm'))[1];
  const people = [...paper.matchAll(/family-names: (.*?), given-names: (.*?) \}/g)];
  return [
    entry('inproceedings', 'wu2021asfbp', {
      title: field(paper, 'title'),
      author: people.map(([, family, given]) => `${family}, ${given}`).join(' and '),
      booktitle: field(paper, 'collection-title'),
      year: field(paper, 'year'),
      volume: field(paper, 'volume'),
      number: field(paper, 'issue'),
      doi: field(paper, 'doi'),
    }),
    entry('software', 'asfbp', {
      title: field(software, 'title'),
      author: `{${field(software, '- name')}}`,
      version: field(software, 'version'),
      license: field(software, 'license'),
    }),
  ].join('\n\n');
}
