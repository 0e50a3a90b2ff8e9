/**
 * Unrolls the templates among the kernels: functions with the decorator `@unrolled([…], …)`. They are AssemblyScript with the same meaning
 * as the unrolled code. The rules of the unrolling:
 *
 * - Each list has the values of a parameter, which is a constant in the body: the compiler omits code that a value does not need.
 * - A loop over k < N, or up to a number, becomes its body for each k.
 * - An array that the next loop fills becomes locals, which can be registers: `sum[3]` becomes `sum3`.
 * - Without lists, `@unrolled()`, only loops up to numbers are unrolled.
 * - A call with a variable for N becomes a switch, whose default is the last value of the list. The case of each value calls a
 *   function, such as `sums4` for N = 4, or has the body itself if the template is `@inline`. Such a call must pass digits for
 *   the parameters of further lists.
 */
const template =
  /^@unrolled\((.*)\)\n(@inline\n)?((?:export )?function (\w+)\(\s*([^]*?),?\s*\): \w+ )(\{\n[^]*?^\}\n)/gm;
const over = String.raw`^( *)for \(let (\w) = 0; \2 < (\d+|[A-Z]); \2\+\+\) `;
const loop = new RegExp(String.raw`${over}(.*;|\{\n[^]*?^\1\})$`, 'm');
const array = new RegExp(
  String.raw`^ *const \w+ = new StaticArray<v128>\(.*\);\n${over}(\w+)\[\2\] = (.*);$`,
  'm',
);
const element = /\b(\w+)\[([\d *+]+)\]/g;

export function unroll(text) {
  return [...text.matchAll(template)].reduce((rest, [whole, lists, isInline, head, name, list, body]) => {
    const choices = JSON.parse(`[${lists}]`);
    const parameters = list.split(/,\s+/);
    const most = new Map(choices.map((values, c) => [nameOf(parameters[c]), Math.max(...values)]));
    const unrolled = head + unrollBody(body, most);
    const [values] = choices;
    if (!values) return rest.replace(whole, () => (isInline ?? '') + unrolled);
    const others = parameters.slice(choices.length);
    const sets = choices.reduceRight((all, list) => all.flatMap((set) => list.map((n) => [n, ...set])), [[]]);
    const functions = sets.map((set) => {
      const call = `${name}(${[...set, ...others.map(nameOf)].join(', ')})`;
      return `function ${name}${set.join('x')}(${others.join(', ')}): void { ${call}; }\n`;
    });
    return rest
      .replace(whole, () => `@inline\n${unrolled}` + (isInline ? '' : functions.join('')))
      .replaceAll(new RegExp(`\\b${name}\\(([a-z]\\w*), ((?:\\d, )*)(.*)\\);`, 'g'), (_, n, more, args) => {
        const calls = values.map((N) =>
          isInline
            ? `${name}(${N}, ${more}${args});`
            : `${name}${N}${more.replaceAll(/(\d), /g, 'x$1')}(${args});`,
        );
        const last = calls.pop();
        if (calls.length === 1) return `{ if (${n} == ${values[0]}) ${calls[0]} else ${last} }`;
        const cases = calls.map((call, k) => `case ${values[k]}: ${call} break;`);
        return `switch (${n}) { ${cases.join(' ')} default: ${last} }`;
      });
  }, text);
}

const nameOf = (parameter) => parameter.split(':')[0];

/** @param most the greatest value of each constant */
function unrollBody(body, most) {
  /** Copies of a body, each with the condition under which it exists. */
  const copies = (each, k, bound) =>
    Array.from({ length: most.get(bound) ?? Number(bound) }, (_, value) => ({
      copy: each.replaceAll(new RegExp(`\\b${k}\\b`, 'g'), value),
      condition: most.has(bound) && value > 0 ? `${bound} > ${value}` : '',
    }));
  let text = body;
  const any = array.exec(text)?.[4]; // name of the first array, such as `a`; unused locals get the value of `a0`
  while (array.test(text)) {
    text = text.replace(array, (_, indent, k, bound, name, each) =>
      copies(each, k, bound)
        .map(({ copy, condition }) => (condition ? `${condition} ? ${copy} : ${any}0` : copy))
        .map((value, n) => `${indent}let ${name}${n} = ${value};`)
        .join('\n'),
    );
  }
  while (loop.test(text)) {
    text = text.replace(loop, (_, indent, k, bound, each) =>
      copies(each, k, bound)
        .map(({ copy, condition }) => indent + (condition && `if (${condition}) `) + copy)
        .join('\n'),
    );
  }
  return text.replaceAll(element, (_, name, place) => name + sumOf(place));
}

/** The value of a sum of products, such as 4 * 2 + 1. */
function sumOf(text) {
  const terms = text
    .split('+')
    .map((term) => term.split('*').reduce((product, factor) => product * factor, 1));
  return terms.reduce((sum, term) => sum + term);
}
