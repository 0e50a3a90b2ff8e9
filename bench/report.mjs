/** Helpers for the output of benchmarks: the machine, and the tables of bench/README.md. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

export function machineOf() {
  return {
    cpu: cpus()[0].model,
    cores: cpus().length,
    node: process.version,
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim(),
    date: new Date().toISOString().slice(0, 10),
  };
}

export function sentenceOf({ cpu, cores, node, commit, date }) {
  return `${cpu}, ${cores} cores, Node ${node}, commit ${commit}, ${date}.`;
}

/** A Markdown table. `columns` has the head of each column, and the function that returns its cell for a row. */
export function tableOf(rows, columns) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const shows = Object.values(columns);
  const head = [line(Object.keys(columns)), `|${'---|'.repeat(shows.length)}`];
  return [...head, ...rows.map((row) => line(shows.map((show) => show(row))))];
}

/** Replaces the text between `<!-- name -->` and `<!-- /name -->` in bench/README.md. */
export function rewrite(name, lines) {
  const readme = new URL('README.md', import.meta.url);
  const marked = new RegExp(`<!-- ${name} -->[^]*<!-- /${name} -->`);
  const text = `<!-- ${name} -->\n${lines.join('\n')}\n<!-- /${name} -->`;
  writeFileSync(
    readme,
    readFileSync(readme, 'utf8').replace(marked, () => text),
  );
}
