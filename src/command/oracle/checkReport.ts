/** The output of `check`: the verdict, the explanations of a difference, undecided arrays, and a table with one line per array. */
import { unrelated } from '../../oracle/describe.ts';
import { keyNames } from '../../oracle/files/values.ts';
import { namedOf, type Finding } from '../../oracle/findings.ts';
import type { Variant } from '../../../spec/variant.ts';
import type { Explanation } from '../../oracle/diagnosis.ts';
import type { Report } from '../../oracle/report.ts';
import { total } from '../../oracle/interval.ts';
import { variantText } from '../../network/network.ts';
import { tableText } from '../output.ts';
import { quoted } from '../shell.ts';

type Step = Report['steps'][number];

/** Width of the report without a terminal. */
const usualColumns = 80;
const titles = ['stage', 'array', 'numbers', 'class', 'bounds', 'power', 'verdict'];
/** Columns that a narrow terminal has no room for. */
const extra = ['class', 'bounds', 'power'];

/**
 * @param isAll whether arrays whose difference only follows from an earlier one have their own lines
 * @param columns of the terminal; 0 without one
 */
export function reportText(
  file: string,
  report: Report,
  {
    isAll = false,
    columns = 0,
  }: { readonly isAll?: boolean | undefined; readonly columns?: number | undefined },
): string {
  const width = columns || usualColumns;
  const fill = (text: string): string[] => wrapped(text, Math.min(usualColumns, width));
  const { steps, variant } = report;
  // Where all agrees with another preset, or with gradients of a mean, that is the answer.
  const answer = isAll
    ? undefined
    : report.otherVariant !== undefined
      ? ['--all says which of its choices show.']
      : report.otherGradients && [];
  const of = (step: Step, lines: readonly string[]): string[] =>
    lines.map((line) => stepWords(step, steps) + line);
  const head = steps.flatMap((step) => [
    ...(answer ?? of(step, [...diagnosesLines(step, variant), ...descriptionLines(step)])),
    ...of(step, [...undecidedLines(step), ...unjudgedLines(step)]),
  ]);
  return [
    ...[...verdictLines(file, report), ...head, ...untoldLines(report, isAll)].flatMap(fill),
    '',
    ...tableOf(steps, isAll, width),
    ...steps.flatMap((step) => of(step, missingLines(step, isAll))).flatMap(fill),
  ].join('\n');
}

/** Of several steps each line says which it is of. */
const stepWords = ({ step }: Step, steps: readonly Step[]): string =>
  steps.length > 1 ? `step ${step}: ` : '';

/** The arrays of each step as a table; without what a narrow terminal has no room for. */
function tableOf(steps: readonly Step[], isAll: boolean, width: number): string[] {
  const lineOf = (step: number): string => (steps.length > 1 ? `step ${step}` : '');
  const parts = steps.map((step) => ({ title: lineOf(step.step), rows: rowsOf(step, isAll) }));
  const all = [titles, ...parts.flatMap(({ rows }) => rows)];
  const print = (places: readonly number[]): string[] => {
    const shown = all.map((row) => places.map((place) => row[place]));
    const lines = tableText(shown, { columns: Infinity, keys: 2, numbers: 'left' }).split('\n');
    let at = 1;
    return [
      lines[0],
      ...parts.flatMap(({ title, rows }) => [
        ...(title === '' ? [] : [title]),
        ...lines.slice(at, (at += rows.length)),
      ]),
    ];
  };
  const places = [...titles.keys()];
  const whole = print(places);
  if (whole.every((line) => line.length <= width)) return whole;
  return [
    ...print(places.filter((place) => !extra.includes(titles[place]))),
    `(${extra.join(', ')}: in a wider terminal, or --json)`,
  ];
}

/** The first line: the verdict, and the first difference. */
function verdictLines(file: string, report: Report): string[] {
  const { verdict, steps, compared, variant } = report;
  const all = steps.flatMap(({ findings }) => findings);
  const by = `${compared} numbers, variant ${variantText(variant)}`;
  if (verdict === 'agrees') return [`${file}: agrees (${by})`];
  const unjudged = total(
    steps,
    ({ notChecked, misspelt }) => notChecked.filter(({ needs }) => needs).length + misspelt.length,
  );
  if (verdict === 'undecided') {
    const open = all.filter((finding) => finding.verdict === 'undecided').length;
    const said = [
      ...(open > 0 ? [`${open} of ${all.length} arrays are undecided`] : []),
      ...(unjudged > 0 ? [`${unjudged} more could not be judged`] : []),
    ];
    return [`${file}: undecided: nothing differs, and ${said.join(', ')} (${by})`, ...otherLines(report, 0)];
  }
  const first =
    all.find((finding) => finding.verdict === 'differs' && !finding.follows) ??
    all.find((finding) => finding.verdict === 'differs')!; // the verdict on all is `differs`
  const equation =
    first.equation === '' ? '' : ` (${/^\d/.test(first.equation) ? 'Eq. ' : ''}${first.equation})`;
  const step = steps.find(({ findings }) => findings.includes(first))!; // it is of one of them
  const lines = [
    `${file}: differs, first in ${stepWords(step, steps)}${first.stage}${equation}, ${first.key} (${by})`,
  ];
  return [...lines, ...otherLines(report, unjudged)];
}

/** What else all agrees with; so many arrays could not be judged. */
function otherLines(
  { variant, otherVariant, otherChoices, otherGradients }: Report,
  unjudged: number,
): string[] {
  // With an output that fires all was judged.
  const isAll = unjudged === 0 || otherChoices?.output !== undefined;
  const others = [
    ...(otherVariant === undefined ? [] : [`--variant ${otherVariant}`]),
    ...(otherChoices ? [`--variant ${quoted(variantText({ ...variant, ...otherChoices }))}`] : []),
    ...(otherGradients ? [`--gradients ${otherGradients}`] : []),
  ];
  return others.map((other) => `${isAll ? 'The data' : 'All that could be judged'} agrees with ${other}.`);
}

/** Of gradients that nothing explains, and that are not nearly the expected ones. */
const onlyAsf = "If your gradients are not ASF-BP's, leave them out: only ASF-BP's are known.";

/** One line per explanation, with all places that it explains: first mistakes, then choices, then what nothing decides. */
function diagnosesLines({ findings, diagnoses, notChecked }: Step, variant: Variant): string[] {
  const places = new Map<string, Set<string>>();
  const [choices, vague] = [new Set<string>(), new Set<string>()];
  for (const { part, explains, toldApartBy, doubtful, isCutShort } of diagnoses) {
    const [stage, n, own] = part.split('.');
    const shown = namedOf(explains);
    const isOpen = shown.length > 1;
    const several = shown.map((each) => saidOf(each, isOpen ? undefined : variant));
    const apart = toldApartBy === undefined ? '' : `: record ${toldApartBy}`;
    const texts = isOpen ? [`${several.join(' Or: ')} This data does not tell them apart${apart}.`] : several;
    const more = isCutShort
      ? '; not all combinations were tried: record currents and spikes, or fewer samples'
      : '';
    const ratio = `layer${n}.ratio`;
    const isVague = stage === 'scale' && notChecked.some(({ key }) => key === ratio);
    const isForeign = findings.some(
      ({ description = unrelated, differing, compared, ...finding }) =>
        finding.part === part && description.startsWith(unrelated) && 2 * differing > compared,
    );
    const foreign = stage === 'backward' && isForeign ? `. ${onlyAsf}` : '';
    const moments = ['m', 'v'].map((what) => `layer${n}.${own === 'bias' ? 'bias.' : ''}${what}`);
    const isBlind = stage === 'update' && moments.every((key) => notChecked.some((each) => each.key === key));
    const told = isBlind
      ? `; ${moments.join(' and ')} of this step, and of those before, would tell more`
      : '';
    const scale = isVague ? `; ${ratio}, ΣFO / ΣFI, would tell more` : '';
    const none = doubtful
      ? `${doubtful.join(', ')} or what is made of it is wrong: nothing decides which`
      : `no known mistake explains it${more}${foreign}${told}${scale}`;
    for (const text of texts.length > 0 ? texts : [none])
      places.set(text, (places.get(text) ?? new Set()).add(n === '0' ? stage : `${stage} ${n}`));
    if (!isOpen && shown[0]?.choices) choices.add(texts[0]);
    if (doubtful && texts.length === 0) vague.add(none);
  }
  const rank = (text: string): number => Number(choices.has(text)) + 2 * Number(vague.has(text));
  const ordered = [...places].sort(([a], [b]) => rank(a) - rank(b));
  return ordered.map(([text, where]) => `${[...where].join(', ')}: ${text}`);
}

function saidOf({ id, says, choices }: Explanation, variant: Variant | undefined): string {
  if (!choices || !variant) return `${says} (${id})`;
  const meant = variantText({ ...variant, ...choices });
  return `${says} (${id}; a choice, no mistake where it is meant: --variant ${quoted(meant)})`;
}

/** Descriptions of the differences, where possible, and the first number of each array. */
function descriptionLines({ findings }: Step): string[] {
  return findings.flatMap((finding, place) => {
    if (finding.verdict !== 'differs' || finding.follows) return [];
    // What is expected first is made of right inputs, and what is said of all numbers of the recorded ones.
    const isLater = findings.slice(0, place).some(({ verdict }) => verdict === 'differs');
    const of = isLater ? ' (made of your own inputs)' : '';
    const said = finding.description === undefined ? '' : ` ${finding.description}${of};`;
    return [`${finding.key}:${said} ${firstOf(finding)}`];
  });
}

function firstOf({ first, differing, compared }: Finding): string {
  const { sample, t, neuron, expected, got, bound, u, Vth } = first!; // of an array that differs
  const place = [
    ...(sample === undefined ? [] : [`sample ${sample}`]),
    ...(t === undefined ? [] : [`t ${t}`]),
    ...(neuron.length === 0 ? [] : [`[${neuron.join(', ')}]`]),
  ];
  const around = bound > 0 ? ` ± ${short(bound)}` : '';
  const potential = u === undefined ? '' : `; u ${u}, Vth ${Vth}`;
  const share = `${differing} of ${compared} numbers differ`;
  const at = place.length === 0 ? '' : ` at ${place.join(', ')}`;
  return `${share}, first${at}: expected ${expected}${around}, got ${got}${potential}`;
}

function undecidedLines({ findings }: Step): string[] {
  const places = new Map<string, string[]>();
  const isWrong = findings.some(({ verdict }) => verdict === 'differs');
  const open = isWrong ? 'what differs leaves it open' : 'rounding alone leaves it open';
  for (const { key, verdict, decidedBy = [] } of findings) {
    if (verdict !== 'undecided') continue;
    const how = decidedBy.length > 0 ? `record ${decidedBy.join(' or ')}` : open;
    places.set(how, [...(places.get(how) ?? []), key]);
  }
  return [...places].map(
    ([how, keys]) => `undecided, a plain wrong array would pass too: ${byLayer(keys)}; ${how}`,
  );
}

/** At most so many answers are said that would have agreed as well. */
const mostUntold = 4;

/** Other answers to a question that would have made the same numbers. */
function untoldLines({ untold }: Report, isAll: boolean): string[] {
  const shown = isAll ? untold : untold.slice(0, mostUntold);
  const more = untold.length - shown.length;
  return [
    ...shown.map(({ id, says }) => `not told by this data: ${says} (${id})`),
    ...(more > 0 ? [`and ${more} more that it does not tell: --all`] : []),
  ];
}

/** What was supplied, and was not judged: what it lacks, or what was probably meant. */
function unjudgedLines({ notChecked, misspelt }: Step): string[] {
  const byReason = new Map<string, string[]>();
  for (const { key, why, needs } of notChecked) {
    if (!needs) continue;
    const reason = needs.length > 0 ? `since ${needs.join(', ')} is missing` : `since each ${why}`;
    byReason.set(reason, [...(byReason.get(reason) ?? []), key]);
  }
  return [
    ...[...byReason].map(([reason, keys]) => `not checked, ${reason}: ${byLayer(keys)}`),
    ...misspelt.map(({ name, meant }) =>
      meant === undefined
        ? `${name} was not judged: ${whyUnjudged(name)}`
        : `${name} is no key of this network; did you mean ${meant}?`,
    ),
  ];
}

/** Why the layer of a key does not have its array. */
function whyUnjudged(name: string): string {
  if (!keyNames.includes(name.replace(/^layer\d+/, 'layer{n}')))
    return 'no layer has an array of this name (--list-keys)';
  const [, n] = /^layer(\d+)\.(?:bias\b|db$)/.exec(name) ?? [];
  return n === undefined
    ? 'this layer has no such array (an output layer fires only with "output": "fires" in the variant, a pool has no weights)'
    : `layer ${n} of the network has no bias; "bias": true in its description gives a layer one`;
}

/** Of so many arrays that were not supplied the names are said without `--all`. */
const mostMissing = 8;

function missingLines({ notChecked, unknown, misspelt }: Step, isAll: boolean): string[] {
  const missing = notChecked.filter(({ needs }) => !needs).map(({ key }) => key);
  const isNamed = isAll || missing.length <= mostMissing;
  const said = isNamed ? byLayer(missing) : `${missing.length} arrays (--all names them)`;
  const others = unknown.filter((each) => !misspelt.some(({ name }) => name === each));
  return [
    ...(missing.length > 0 ? [`not supplied, not checked: ${said}`] : []),
    ...(others.length > 0 ? [`no keys of this network: ${others.join(', ')}`] : []),
  ];
}

function rowsOf({ findings }: Step, isAll: boolean): string[][] {
  const rows: string[][] = [];
  for (const [at, finding] of findings.entries()) {
    if (isAll || !finding.follows) {
      rows.push(rowOf(finding));
      continue;
    }
    // One row per stage for all differences that follow.
    const isFirst = !findings.slice(0, at).some(({ stage, follows }) => follows && stage === finding.stage);
    if (!isFirst) continue;
    const those = findings.filter(({ stage, follows }) => follows && stage === finding.stage);
    rows.push([finding.stage, `${those.length} more`, '', '', '', '', 'follow']);
  }
  return rows;
}

function rowOf({
  stage,
  key,
  compared,
  class: kind,
  bounds,
  power,
  verdict,
  follows,
  ...rest
}: Finding): string[] {
  const { differing, open } = rest;
  const isEither = kind === 'either' && verdict === 'agrees';
  const said = {
    agrees: isEither ? `agrees, ${open} either way` : 'agrees',
    differs: follows ? 'follows' : `DIFFERS in ${differing}`,
    undecided: 'undecided',
  }[verdict];
  return [stage, key, String(compared), kind, most(bounds), percent(power), said];
}

/** Keys by kind, each with its layers. */
function byLayer(names: readonly string[]): string {
  const layers = new Map<string, string[]>();
  for (const name of names) {
    const [, n, what = name] = /^layer(\d+)\.(.*)$/.exec(name) ?? [];
    layers.set(what, [...(layers.get(what) ?? []), ...(n === undefined ? [] : [n])]);
  }
  const shown = [...layers].map(([what, all]) =>
    all.length === 0 ? what : `${what} of ${all.length > 1 ? 'layers' : 'layer'} ${all.join(', ')}`,
  );
  return shown.join('; ');
}

/** A ratio above a million is shown as such. */
function most(value: number): string {
  return value > 1e6 && Number.isFinite(value) ? '> 1e6' : short(value);
}

const percent = (share: number): string => `${Math.floor(100 * share)} %`;

/** Three digits. */
function short(value: number): string {
  if (value === 0) return '0';
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : '∞';
}

/** Wraps a text into lines, with an indent from the second on. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = ` `;
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line];
}
