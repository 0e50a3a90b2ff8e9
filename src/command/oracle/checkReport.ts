/**
 * The output of `check`: a line per stage, below it the arrays that differ or are undecided, then the verdict. Also the
 * table of keys.
 */
import { keysOf } from '../../keysOf.ts';
import { choicesText } from '../../network/index.ts';
import {
  keys,
  type CheckAnswer,
  type Diagnosis,
  type Finding,
  type Report,
  type Tell,
  type Verdict,
} from '../../oracle/index.ts';
import { wrapped } from '../../printable.ts';
import type { Io } from '../io.ts';
import { ProgressLine, tableText, usualColumns } from '../output.ts';
import { quoted } from '../shell.ts';

type Step = CheckAnswer['steps'][number];

/** An answer. Some fields exist only for steps of ASF-BP. */
type Answer = CheckAnswer & Partial<Report>;

/**
 * @param isAll whether to show a row for every array, and all names
 * @param columns columns of the terminal; 0 if there is no terminal
 */
export function reportText(
  file: string,
  report: Answer,
  { isAll = false, columns = 0, seconds = 0 },
): string {
  const { steps } = report;
  const ofSteps = (linesOf: (step: Step, isAll: boolean) => readonly string[]): string[] =>
    steps.flatMap((step) => {
      const words = steps.length > 1 ? `step ${step.step}: ` : '';
      return linesOf(step, isAll).map((line) => (line.startsWith(' ') ? line : words + line));
    });
  const lines = [
    ...ofSteps(stageLines),
    ...ofSteps(missingLines),
    '',
    ...headLines(file, report),
    ...otherLines(report, isAll),
    ...ofSteps((step) => causeLines(step, report, isAll)),
    ...ofSteps(unjudgedLines),
    ...report.notes.map((note) => `note: ${note}`),
    ...untoldLines(report, isAll),
    `${seconds.toFixed(1)} s`,
  ];
  return wrapped(lines.join('\n'), columns || usualColumns);
}

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

const digits = (value: number, most: number): string => String(Number(value.toPrecision(most)));

const eachOf = <T>(all: readonly T[], word: string): string[] =>
  all.length > 0 ? [`${word}${all.join(', ')}`] : [];

/** Groups values by key, in the order in which the keys first occur. */
function grouped<T>(entries: Iterable<readonly [string, T]>): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const [key, value] of entries) groups.set(key, [...(groups.get(key) ?? []), value]);
  return groups;
}

const marks = { agrees: '✓', differs: '✗', undecided: '?' } as const;

function stageLines({ findings }: Step, isAll: boolean): string[] {
  const groups = grouped(findings.map((finding) => [finding.stage, finding]));
  const rows = [...groups].map(([stage, all]) => {
    const count = (one: Verdict): number => all.filter(({ verdict }) => verdict === one).length;
    const counts = keysOf(marks).flatMap((one) => (count(one) > 0 ? [`${marks[one]} ${count(one)}`] : []));
    const numbers = all.reduce((sum, { compared }) => sum + compared, 0);
    return [stage, String(numbers), counts.join('  ')];
  });
  const table = [['stage', 'numbers', 'arrays'], ...rows];
  const [title, ...lines] = tableText(table, { columns: Infinity, keys: 1, numbers: 'left' }).split('\n');
  const seen = [...groups.values()].map((all) => all.filter(({ verdict }) => isAll || verdict !== 'agrees'));
  return [title, ...lines.flatMap((line, index) => [line, ...seen[index].map(rowOf)])];
}

function rowOf(finding: Finding): string {
  const { key, verdict, compared, differing, open, bounds, needs, class: kind } = finding;
  const says = {
    agrees: () =>
      `${counted(compared, 'number')}, ${kind}, ${open} open, error ${digits(bounds, 3)} of its bound`,
    differs: () => `${differing} of ${counted(compared, 'number')}, first ${firstOf(finding)}`,
    undecided: () => (needs === undefined ? 'a plain wrong array would agree, too' : `record ${needs}`),
  };
  return `  ${marks[verdict]} ${key}: ${says[verdict]()}`;
}

function firstOf({ first }: Finding): string {
  const { sample, t, neuron, expected, got, bound, u } = first!; // present if the array differs
  const at = [
    ...(sample === undefined ? [] : [`sample ${sample}`]),
    ...(t === undefined ? [] : [`t ${t}`]),
    ...(neuron.length > 0 ? [`[${neuron.join(',')}]`] : []),
  ];
  // Nine digits distinguish all binary32 numbers.
  const texts = [expected, got].map((value) => digits(value, 9));
  const [right, wrong] = texts[0] === texts[1] ? [expected, got] : texts;
  const around = bound > 0 ? ` ± ${digits(bound, 3)}` : '';
  const prefix = at.length > 0 ? `at ${at.join(', ')}: ` : '';
  return `${prefix}expected ${right}${around}, got ${wrong}${u === undefined ? '' : `, u ${digits(u, 9)}`}`;
}

/** Without `--all`, limits on the listed missing arrays, and on the listed undecided mistakes and choices. */
const [mostMissing, mostUntold] = [8, 4];

function missingLines({ notChecked, unknown, misspelt }: Step, isAll: boolean): string[] {
  const missing = notChecked.filter(({ needs }) => !needs).map(({ key }) => key);
  const isShort = isAll || missing.length <= mostMissing;
  const said = isShort ? byLayer(missing) : [`${missing.length} arrays (--all names them)`];
  const others = unknown.filter((each) => !misspelt.some(({ name }) => name === each));
  return [...eachOf(said, 'not supplied: '), ...eachOf(others, 'no keys of this network: ')];
}

/** Keys as text, grouped by kind: `spikes of layers 1, 2`. */
function byLayer(names: readonly string[]): string[] {
  const matches = names.map((name) => /^layer(?<n>\d+)\.(?<what>.*)$/.exec(name)?.groups ?? { what: name });
  return [...grouped(matches.map(({ what, n }) => [what, n]))].map(([what, layers]) => {
    const all = [...new Set(layers)].filter((n) => n !== undefined);
    return what + eachOf(all, all.length > 1 ? ' of layers ' : ' of layer ').join('');
  });
}

const listed = (names: readonly string[]): string => byLayer(names).join('; ');

/** The verdict; after `undecided`, the array to record; after `differs`, the first difference. */
function headLines(file: string, { verdict, steps, compared, as, needs }: Answer): string[] {
  const all = steps.flatMap(({ findings }) => findings);
  const those = all.filter((finding) => finding.verdict === verdict);
  const of = `${file}, ${as}`;
  if (verdict === 'agrees')
    return [`✓ agrees: ${of}, ${counted(compared, 'number')} of ${counted(all.length, 'array')}`];
  if (verdict === 'undecided') {
    const open = eachOf(byLayer(those.map(({ key }) => key)), 'rounding leaves open ');
    return [
      `? undecided: ${[...eachOf(needs, 'record '), ...open, ...steps.flatMap(unjudgedLines)][0]}`,
      `${of}: nothing differs in ${counted(all.length, 'array')}${those.length > 0 ? `, ${those.length} of them undecided` : ''}`,
    ];
  }
  const [first] = those;
  const step = steps.find(({ findings }) => findings.includes(first))!; // one of the steps has the finding
  const many = counted(those.length, 'array differs', 'arrays differ');
  return [
    `✗ ${many}${those.length > 1 ? ', first' : ':'} ${withStage(first)}${steps.length > 1 ? ` in step ${step.step}` : ''}`,
    `${of}, ${firstOf(first)}`,
  ];
}

const withStage = ({ key, stage, equation }: Finding): string =>
  `${key} (${[stage, ...eachOf(equation === '' ? [] : [equation], /^\d/.test(equation) ? 'Eq. ' : '')].join(', ')})`;

/** Another configuration with which all judged arrays agree: a preset, other choices, or gradients of the batch. */
function otherLines(report: Answer, isAll: boolean): string[] {
  const { variant, steps, otherVariant, otherChoices, otherGradients } = report;
  const choices = variant && otherChoices && choicesText({ ...variant, ...otherChoices });
  const [option, other] = otherGradients
    ? ['gradients', otherGradients]
    : ['variant', otherVariant ?? choices];
  if (other === undefined) return [];
  // If `otherChoices` changes `output`, every array was judged with that choice.
  const isWhole = otherChoices?.output !== undefined || steps.flatMap(unjudgedLines).length === 0;
  const hint = otherVariant && !isAll ? '; --all shows which of its choices differ' : '';
  return [`${isWhole ? 'The data' : 'All that was judged'} agrees with --${option} ${quoted(other)}${hint}`];
}

/**
 * The causes of differences, each with its stages, in this order: mistakes, choices, stages without an explanation, undecided
 * stages.
 */
function causeLines(step: Step, report: Answer, isAll: boolean): string[] {
  const { otherVariant, otherChoices, otherGradients, needs, verdict } = report;
  // If all judged arrays agree with another preset or with gradients of the batch, no causes are listed.
  if (verdict !== 'differs' || (!isAll && (otherVariant ?? otherGradients))) return [];
  const rank = ({ explains: [one], doubtful }: Diagnosis): number =>
    one ? Number(one.choices !== undefined) : doubtful ? 3 : 2;
  const ordered = [...step.diagnoses].sort((a, b) => rank(a) - rank(b));
  const causes = ordered.flatMap((diagnosis) => {
    const [stage, n, what] = diagnosis.part.split('.');
    const ofBias = what === 'bias' ? `${stage} of the bias` : stage;
    const stageName = n === '0' ? stage : `layer${n}.${ofBias}`;
    const keysOfPart = ofPart(diagnosis, step).map(({ key }) => key);
    const subjects = report.variant ? [stageName] : keysOfPart;
    return subjects.map((subject) => [causeOf(diagnosis, step, report), subject] as const);
  });
  const isChoice = (each: Diagnosis): number => Number(rank(each) === 1);
  const certain = step.diagnoses.filter(({ doubtful }) => !doubtful);
  const [first] = ordered.some(({ explains }) => explains.length > 0)
    ? certain.sort((a, b) => isChoice(a) - isChoice(b)).flatMap((each) => ofPart(each, step))
    : [];
  return [
    ...[...grouped(causes)].flatMap(([cause, subjects]) => `${listed(subjects)}: ${cause}`.split('\n')),
    ...(first
      ? [
          `${otherChoices ? 'Unless that is intended, first' : 'First'} correct the code that computes ${withStage(first)}, and check again`,
        ]
      : []),
    ...eachOf(needs, 'To decide more, record '),
    ...(report.variant && report.steps.length === 1 && step.diagnoses.some((each) => mayBeLeft(each, step))
      ? ['If the batch before may have left something, record both batches, this one with the suffix _step2']
      : []),
    ...(!report.variant && isAddedTo(step)
      ? [
          'Something may have been added to the gradients of weights, as that of another batch without zero_grad()',
        ]
      : []),
  ];
}

/** Whether all gradients of weights differ, with no relation to the expected ones, though the gradients of currents agree. */
function isAddedTo({ findings }: Step): boolean {
  const isRight = (key: string): boolean =>
    findings.some((each) => each.key === key && each.verdict === 'agrees');
  const wrong = findings.filter(({ verdict }) => verdict === 'differs');
  const isOf = ({ key }: Finding): boolean => /\.(dw|db|drecurrent(_bias)?)$/.test(key);
  return (
    wrong.length > 1 &&
    wrong.length === findings.filter(isOf).length &&
    wrong.every((each) => isOf(each) && isRight(each.key.replace(/\w+$/, 'dcurrent')) && isUnrelated(each))
  );
}

/** Whether a sum over a batch differs, or what follows from it, and neither a mistake nor an array of the step explains it. */
const mayBeLeft = (diagnosis: Diagnosis, step: Step): boolean =>
  /^(neuron|flow|backward|update)/.test(diagnosis.part) &&
  diagnosis.explains.length === 0 &&
  ofPart(diagnosis, step).some((each) => !/\.dF[IO]$/.test(each.key) && isUnrelated(each)) &&
  // What is left of neurons shows in the first step.
  (!diagnosis.part.startsWith('neuron') ||
    ofPart(diagnosis, step).some(({ description = '' }) =>
      /only in step 0\b(?!, from sample)|first is at step 0\b/.test(description),
    )) &&
  // If the first moment agrees, so does the gradient that was used.
  !step.findings.some(
    ({ key, part, verdict }) => part === diagnosis.part && key.endsWith('.m') && verdict === 'agrees',
  );

const isUnrelated = ({ description = '' }: Finding): boolean =>
  / numbers differ, |no single array here goes with/.test(description);

const ofPart = ({ part: of }: Diagnosis, { findings }: Step): Finding[] =>
  findings.filter(({ part, verdict }) => part === of && verdict === 'differs');

function causeOf(diagnosis: Diagnosis, step: Step, { variant, otherChoices }: Answer): string {
  const { part, explains, doubtful } = diagnosis;
  // A whole preset is reported only if nothing else explains the difference.
  const named = explains.filter(({ id }) => !id.startsWith('variant='));
  const [one, ...others] = named.length > 0 ? named : explains;
  const said = [one, ...others].flatMap((each) => (each ? [`${each.says} (${each.id})`] : []));
  if (others.length > 0) return ['not told apart by this data:', ...said].join('\n  ');
  if (variant && one?.choices && !otherChoices)
    return `${said[0]}\n  If this is intended: --variant ${quoted(choicesText({ ...variant, ...one.choices }))}`;
  if (one) return said[0];
  if (doubtful) return `made of ${listed(doubtful)}, which is undecided: nothing is said`;
  const [stage, n] = part.split('.');
  // Arrays of this stage and layer that are missing.
  const names = keys
    .filter((key) => key.stage === stage && (!n || n === '0' || key.name.includes('{n}')))
    .map(({ name }) => name.replace('{n}', n));
  const wrong = ofPart(diagnosis, step);
  // `potential.end` is one of the potentials of the steps, and those follow from `compared`. If an array did not change, further
  // arrays would explain nothing.
  const isJudged = (key: string): boolean => step.findings.some((each) => each.key === key);
  const tells = (key: string): boolean =>
    !key.endsWith('potential.end') &&
    !(key.endsWith('.potential') && isJudged(key.replace('potential', 'compared'))) &&
    !wrong.some(({ description = '' }) => description.endsWith(' it is the array before the step'));
  const more = step.notChecked
    .filter(({ key, needs }) => !needs && names.includes(key) && tells(key))
    .map(({ key }) => key);
  const isForeign = wrong.some(
    ({ description = '', differing, compared }) =>
      /^$|not correlated with/.test(description) && 2 * differing > compared,
  );
  return [
    ['no known mistake explains it', ...eachOf(byLayer(more), 'record ')].join('; '),
    ...wrong.flatMap(({ key, description }) => (description === undefined ? [] : [`${key}: ${description}`])),
    ...(variant && stage === 'backward' && isForeign
      ? ["If these gradients are not ASF-BP's, leave them out"]
      : []),
  ].join('\n  ');
}

/** Supplied arrays that were not judged. Each has the reason, or the key that was probably meant. */
function unjudgedLines({ notChecked, misspelt }: Step): string[] {
  const lacking = notChecked.flatMap(({ key, why, needs }) => (needs ? [[why, key] as const] : []));
  const hintOf = (meant?: string): string => (meant === undefined ? noSuchArray : `did you mean ${meant}?`);
  const foreign = misspelt.map(({ name, meant }) => [hintOf(meant), name] as const);
  return [...grouped([...lacking, ...foreign])].map(([why, all]) => `${listed(all)} not judged: ${why}`);
}

const noSuchArray =
  'the network has no such array (--list-keys); a bias needs "bias": true in its layer; spikes and compared of the output need "output": "fires" in the variant';

function untoldLines({ untold }: Answer, isAll: boolean): string[] {
  const said = untold.map(({ id, says }) => `not told by this data: ${says} (${id})`);
  if (isAll || said.length <= mostUntold) return said;
  return [...said.slice(0, mostUntold), `not told by this data: ${said.length - mostUntold} more (--all)`];
}

/** Dimensions that are several axes, with the names of these axes. */
const sides: Readonly<Record<string, string | undefined>> = { map: 'C,H,W', weight: 'out,in,…' };

/** The keys as a table. If the terminal is too narrow, each key has a paragraph. */
export function keyTable(columns: number): string {
  const rows = keys.map(({ name, dimensions, type, stage = 'given', equation, meaning }) => {
    const shape = `(${dimensions.map((each) => sides[each] ?? each).join(',')})`;
    return [name, shape, type, stage, equation, meaning];
  });
  const all = [['key', 'shape', 'type', 'stage', 'equation', 'meaning'], ...rows];
  const table = tableText(all, { columns: Infinity, keys: 1, numbers: 'left' });
  if (table.split('\n').every((line) => line.length <= columns)) return table;
  return wrapped(rows.map((row) => row.filter(Boolean).join(' · ')).join('\n'), columns);
}

/** Calls `judge` with a function that shows its progress. */
export function withProgress<T>(
  { stderr }: Pick<Io, 'stderr'>,
  isQuiet: boolean,
  judge: (tell: Tell) => T,
): T {
  // The remaining time is not estimated, because stages take different times.
  const line = new ProgressLine(stderr, isQuiet, false);
  try {
    return judge((doing, part, done, of) => line.show(`${doing}: ${part}`, done, of));
  } finally {
    line.clear();
  }
}
