import { describe, expect, it } from 'vitest';
import { checkConvention, parseConvention } from '../../src/nir/convention.ts';
import {
  affine,
  chainFile,
  chainIn,
  conv as convolution,
  cubaNode,
  fixture,
  graphFile,
  graphGroup,
  ifNode,
  input,
  lifNode,
  linear,
  output,
  type Node,
} from './graphs.ts';

/** The kinds of the maps before the neurons of each layer, the name of the neurons, and the kind of the recurrent map. */
const order = (bytes: Uint8Array) =>
  chainIn(bytes).layers.map(({ node, maps, recurrent }) => [
    ...maps.map(({ map }) => map?.kind),
    node.name,
    recurrent?.map?.kind,
  ]);

describe('order', () => {
  it('comes from the edges alone', () => {
    expect(order(fixture('cnn_sinabs.nir'))).toEqual([
      ['convolution', '1', undefined],
      ['convolution', '3', undefined],
      ['pool', 'convolution', '6', undefined],
      ['pool', undefined, 'dense', '10', undefined],
      ['dense', '12', undefined],
    ]);
  });

  it('knows a recurrent edge, flat or in a graph of its own', () => {
    expect(order(fixture('braille_noDelay_bias_zero.nir'))[0]).toEqual(['dense', 'lif1.lif', 'dense']);
    const inner = graphGroup(
      { input: input(3), lif: cubaNode, lin: linear(3, 3), output: output(3) },
      'input→lif lif→lin lin→lif lif→output',
    );
    const nodes = { input: input(2), fc: linear(3, 2), rnn: inner, output: output(3) };
    expect(order(graphFile(nodes, 'input→fc fc→rnn rnn→output'))).toEqual([['dense', 'rnn.lif', 'dense']]);
  });

  it('reads a batch of one', () => {
    const nodes = { input: input(1, 2, 1, 1), fc: linear(3, 2), a: ifNode, output: output(3) };
    expect(chainIn(graphFile(nodes, 'input→fc fc→a a→output')).input.channels).toBe(2);
  });
});

const line = (nodes: Record<string, Node>) => chainFile(nodes, [2]);
const conv = convolution([1, 2, 3], 1);

/** A graph with these edges. Its input has two values, unless another shape is given. */
const graph = (nodes: Record<string, Node>, edges: string, ...shape: number[]): Uint8Array =>
  graphFile({ input: input(...(shape.length > 0 ? shape : [2])), ...nodes, output: output(2) }, edges);
const dangling = fixture('braille_noDelay_bias_zero_subgraph.nir');
const [a, b, c] = [ifNode, ifNode, ifNode];
const cycle = { a, b: linear(2, 2), c };
const convolved = (other: Node): Uint8Array =>
  graph({ c: { ...conv, ...other }, a }, 'input→c c→a a→output', 2, 4, 4);
const grouped = { groups: 2, weight: { shape: [2, 1, 3, 3], data: Array(18).fill(1) }, bias: [0, 0] };
const field = (node: Node) => line({ a: node });

it.each<[string, Uint8Array, RegExp]>([
  ['a dangling edge', dangling, /"edges of lif1" .*, got lif; the edge dangles/],
  ['many edges', graph({}, Array(4097).fill('input→output').join(' ')), /"edges of node" .* got 4097$/],
  ['an edge twice', graph({ a }, 'input→a a→output input→a'), /expected each edge once, got input→a again/],
  ['a cycle', graph(cycle, 'input→a a→b b→c c→a c→output'), /node a \(IF\) .*; a sum or a cycle, of /],
  ['branches', graph({ a, b }, 'input→a input→b a→output b→output'), /node input .*; branches, to a and b/],
  ['a node aside', graph({ a, b }, 'input→a a→output b→b'), /node b \(IF\) .*; a path from Input to it/],
  ['no Input', graphFile({ a, output: output(2) }, 'a→output'), /"graph" expected one node Input/],
  ['unequal inputs', line({ fc: linear(2, 3), a }), /"fc.weight" expected 2 inputs, .*, got \[2, 3\]/],
  ['an unequal Output', line({ fc: linear(3, 2), a }), /"output.shape" expected 3 values, .*, got 2/],
  ['unequal parameters', field({ ...lifNode, tau: [1, 2, 3] }), /"a.tau" expected one number, or .* of 2/],
  ['τ below 0', field({ ...lifNode, tau: -0.01 }), /"a.tau" expected numbers above 0, got -0.01/],
  ['a threshold of 0', field({ ...ifNode, v_threshold: 0 }), /"a.v_threshold" .* above 0, got 0/],
  ['NaN', field({ ...ifNode, r: NaN }), /"a.r" expected finite numbers, got NaN at place 0/],
  ['a missing parameter', field({ type: 'IF', r: 1 }), /"a.v_threshold" expected numbers, got nothing/],
  [
    'the bias of an Affine node in a Linear one',
    field({ ...linear(1, 1), bias: [1] }),
    /"field of a" .*, got bias/,
  ],
  ['a misspelt field', field({ ...ifNode, v_rezet: 1 }), /"field of a" .*, got v_rezet; .* v_reset\?$/],
  ['another input_shape', convolved({ input_shape: [9, 17] }), /"c.input_shape" .* 4 × 4, got \[9, 17\]$/],
  ['a delay', line({ d: { type: 'Delay', delay: 1 }, a }), /node d \(Delay\) .*; a layer of its kind/],
  ['an integrator', line({ a, b: { type: 'LI', tau: 1 } }), /node b \(LI\) .*; a layer of its kind/],
  ['no Flatten', graph({ fc: linear(2, 4), a }, 'input→fc fc→a a→output', 2, 2, 1), /node fc .*; a Flatten/],
  ['groups', convolved(grouped), /node c \(Conv2d\) cannot be read; groups of channels/],
  ['dilation', convolved({ dilation: 2 }), /node c \(Conv2d\) cannot be read; a dilated kernel/],
  ['a time in the Input', graph({ a }, 'input→a a→output', 5, 2, 4, 4), /"input.shape" .*\[5, 2, 4, 4\]/],
  ['no neurons', line({ fc: affine(2, 2, [0, 0]) }), /"graph" expected nodes of neurons/],
  ['many neurons', graph({ a, b }, 'input→a a→b b→output', 1024, 1024, 1), /"b" .*, got 2097152/],
])('refused by name: %s', (_, bytes, message) => {
  expect(() => chainIn(bytes)).toThrow(message);
});

describe('conventions', () => {
  it('are names, or JSON that says what differs', () => {
    const given = '{"from":"norse","fires":"at","LIF":{"reset":"subtract"},"dt":0.5}';
    const convention = parseConvention(given, 'import');
    expect(convention.neurons.IF).toMatchObject({ fires: 'at', reset: 'zero' });
    expect(convention.neurons.LIF).toMatchObject({ fires: 'at', reset: 'subtract', form: 'difference' });
    expect(convention.dt).toBe(0.5);
    expect(JSON.parse(convention.name)).toEqual({
      from: 'norse',
      fires: 'at',
      LIF: { reset: 'subtract' },
    });
    expect(checkConvention('x', 'spyx').name).toBe('spyx');
  });

  it.each<[string, RegExp]>([
    ['nores', /"--as" expected one of norse, .*did you mean norse\?/],
    ['{"from":"norse","fire":"at"}', /"--as" expected only from, dt, /],
    ['{"from":"norse","fires":"never"}', /"--as: fires" expected one of above, at, got never/],
    ['{"fires":"at"}', /"--as: from" expected one of norse/],
    ['{', /--as: expected JSON, got \{/],
  ])('%s is refused', (given, message) => {
    expect(() => parseConvention(given, 'import')).toThrow(message);
  });
});
