/** What `check` says: a line an array, the first difference of each, and what explains it. */
import type { Finding } from '../../oracle/check.ts';
import type { Variant } from '../../../spec/variant.ts';
import type { Diagnosis, Explanation } from '../../oracle/diagnosis.ts';
import { keys } from '../../oracle/keys.ts';
import type { Report } from '../../oracle/report.ts';
import { variantText } from '../../network/network.ts';
import { quoted } from '../shell.ts';

const widths = [9, 24, 10, 9, 10, 10];

export function reportLines(file: string, report: Report): string[] {
  const lines = [columns(['stage', 'array', 'compared', 'class', 'ulp', 'bounds', 'verdict'])];
  for (const step of report.steps) {
    if (report.steps.length > 1) lines.push(`step ${step.step}`);
    for (const finding of step.findings) lines.push(...findingLines(finding));
  }
  for (const step of report.steps) {
    const missing = step.notChecked.filter(({ why }) => why === 'not supplied').map(({ key }) => key);
    if (missing.length > 0) lines.push(`not supplied, not checked: ${byLayer(missing)}`);
    for (const { key, why } of step.notChecked)
      if (why !== 'not supplied') lines.push(`${key} not checked: ${why}`);
    if (step.unknown.length > 0) lines.push(`no keys of this network: ${step.unknown.join(', ')}`);
    lines.push(...diagnosesLines(step.diagnoses, report.variant));
  }
  return [...lines, ...verdictLines(file, report)];
}

function findingLines({
  stage,
  key,
  compared,
  class: kind,
  ulp,
  bounds,
  verdict,
  differing,
  open,
  first,
}: Finding): string[] {
  const said = {
    agrees: open > 0 ? `agrees; ${open} within rounding, either way is right` : 'agrees',
    differs: `DIFFERS in ${differing}`,
    follows: `differs in ${differing}, as its own inputs do`,
  }[verdict];
  const line = columns([stage, key, String(compared), kind, most(ulp), most(bounds), said]);
  if (!first) return [line];
  const { sample, t, neuron, expected, got, bound, u, Vth } = first;
  const place = [
    ...(sample === undefined ? [] : [`sample ${sample}`]),
    ...(t === undefined ? [] : [`t ${t}`]),
    ...(neuron.length === 0 ? [] : [`[${neuron.join(', ')}]`]),
  ];
  const around = bound > 0 ? ` ± ${short(bound)}` : '';
  const potential = u === undefined ? '' : `; u ${u}, Vth ${Vth}`;
  return [
    line,
    `          first at ${place.join(', ') || 'its number'}: expected ${expected}${around}, got ${got}${potential}`,
  ];
}

/**
 * One line an explanation, with all the places that it explains. First the mistakes, then what is another answer to a question
 * that the paper leaves open: whoever means it says so by `--variant`.
 */
function diagnosesLines(diagnoses: readonly Diagnosis[], variant: Variant): string[] {
  const places = new Map<string, Set<string>>();
  const choices = new Set<string>();
  for (const { part, explains, excluded, isCutShort } of diagnoses) {
    const [stage, n] = part.split('.');
    const own = explains.filter(({ id }) => !id.startsWith('variant='));
    const shown = own.length > 0 ? own : explains;
    const isOpen = shown.length > 1;
    const several = shown.map((each) => saidOf(each, isOpen ? undefined : variant));
    const texts = isOpen ? [`${several.join(' Or: ')} These cannot be told apart by this data.`] : several;
    const tried = excluded.join(', ') || 'nothing, no known mistake belongs here';
    const more = isCutShort
      ? '; not all that may be wrong together was tried: supply currents and spikes, or fewer samples'
      : '';
    for (const text of texts.length > 0 ? texts : [`unknown; tried and excluded: ${tried}${more}`])
      places.set(text, (places.get(text) ?? new Set()).add(n === '0' ? stage : `${stage} ${n}`));
    if (!isOpen && shown[0]?.choices) choices.add(texts[0]);
  }
  const ordered = [...places].sort(([a], [b]) => Number(choices.has(a)) - Number(choices.has(b)));
  return ordered.map(([text, where]) => `${[...where].join(', ')}: ${text}`);
}

function saidOf({ id, says, choices }: Explanation, variant: Variant | undefined): string {
  if (!choices || !variant) return `${says} (${id})`;
  const meant = variantText({ ...variant, ...choices });
  return `${says} (${id}; a choice, no mistake where it is meant: --variant ${quoted(meant)})`;
}

/** Keys by what they are, each with its layers. */
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

function verdictLines(
  file: string,
  { agrees, steps, compared, variant, otherVariant, otherChoices }: Report,
): string[] {
  const head = `${file}: ${compared} numbers compared with the variant ${variantText(variant)}`;
  if (agrees) return [`${head}: agrees`];
  const all = steps.flatMap(({ findings }) => findings);
  const first =
    all.find(({ verdict }) => verdict === 'differs') ?? all.find(({ verdict }) => verdict !== 'agrees')!;
  const equation =
    first.equation === '' ? '' : ` (${/^\d/.test(first.equation) ? 'Eq. ' : ''}${first.equation})`;
  const other = otherVariant === undefined ? [] : [`The data agrees with --variant ${otherVariant}.`];
  if (otherChoices)
    other.push(`The data agrees with --variant ${quoted(variantText({ ...variant, ...otherChoices }))}.`);
  return [`${head}: differs, first in ${first.stage}${equation}, ${first.key}`, ...other];
}

/** Of ulps and bounds more than a million is many. */
function most(value: number): string {
  return value > 1e6 && Number.isFinite(value) ? '> 1e6' : short(value);
}

/** Three digits. */
function short(value: number): string {
  if (value === 0) return '0';
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : '> 0';
}

function columns(texts: readonly string[]): string {
  return texts
    .map((text, place) => text.padEnd(widths[place] ?? 0))
    .join(' ')
    .trimEnd();
}

/** The table of keys. */
export function keyTable(): string {
  const rows = keys.map(({ name, dimensions, type, stage, equation, meaning }) => [
    name,
    `(${dimensions.map((each) => ({ map: 'C,H,W', weight: 'out,in,…' })[each as string] ?? each).join(',')})`,
    type,
    stage ?? 'given',
    equation,
    meaning,
  ]);
  const all = [['key', 'shape', 'type', 'stage', 'equation', 'meaning'], ...rows];
  const wide = all[0].map((_, place) => Math.max(...all.map((texts) => texts[place].length)));
  return all
    .map((texts) =>
      texts
        .map((text, place) => text.padEnd(wide[place]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
