import { describe, expect, it } from 'vitest';
import { chainOf } from '../../src/nir/chain.ts';
import { checkConvention, parseConvention } from '../../src/nir/convention.ts';
import { openChunks } from '../../src/formats/hdf5Chunks.ts';
import { readNirGraph } from '../../src/nir/graph.ts';
import {
  affine,
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

const chain = (bytes: Uint8Array) => chainOf(readNirGraph(bytes, 'g', openChunks), 'g');
const names = (bytes: Uint8Array) =>
  chain(bytes).layers.map(({ node, maps, recurrent }) => [
    ...maps.map((map) => map.name),
    node.name,
    recurrent?.name,
  ]);

describe('order', () => {
  it('comes from the edges alone', () => {
    expect(names(fixture('cnn_sinabs.nir'))).toEqual([
      ['0', '1', undefined],
      ['2', '3', undefined],
      ['4', '5', '6', undefined],
      ['7', '8', '9', '10', undefined],
      ['11', '12', undefined],
    ]);
  });

  it('knows a recurrent edge, flat or in a graph of its own', () => {
    expect(names(fixture('braille_noDelay_bias_zero.nir'))[0]).toEqual(['fc1', 'lif1.lif', 'lif1.w_rec']);
    const inner = graphGroup(
      { input: input(3), lif: cubaNode, lin: linear(3, 3), output: output(3) },
      'input→lif lif→lin lin→lif lif→output',
    );
    const nodes = { input: input(2), fc: linear(3, 2), rnn: inner, output: output(3) };
    expect(names(graphFile(nodes, 'input→fc fc→rnn rnn→output'))).toEqual([['fc', 'rnn.lif', 'rnn.lin']]);
  });

  it('reads a batch of one', () => {
    const nodes = { input: input(1, 2, 1, 1), fc: linear(3, 2), a: ifNode, output: output(3) };
    expect(chain(graphFile(nodes, 'input→fc fc→a a→output')).input.channels).toBe(2);
  });
});

const line = (nodes: Record<string, Node>): Uint8Array => {
  const ends = ['input', ...Object.keys(nodes), 'output'];
  const edges = ends.slice(1).map((to, k) => `${ends[k]}→${to}`);
  return graphFile({ input: input(2), ...nodes, output: output(2) }, edges.join(' '));
};
const conv: Node = {
  type: 'Conv2d', weight: { shape: [1, 2, 3, 3], data: Array(18).fill(1) }, bias: [0], stride: 1, padding: 1, dilation: 1, groups: 1,
}; // prettier-ignore

describe('refused by name', () => {
  it.each<[string, () => Uint8Array, RegExp]>([
    [
      'a dangling edge',
      () => fixture('braille_noDelay_bias_zero_subgraph.nir'),
      /^g: "edges of lif1" expected one of input, .*, got lif; the edge dangles$/,
    ],
    [
      'more edges than any network has',
      () => graphFile({ input: input(2), output: output(2) }, Array(4097).fill('input→output').join(' ')),
      /^g: "edges of node" expected at most 4096, got 4097$/,
    ],
    [
      'an edge that is there twice',
      () => graphFile({ input: input(2), n: ifNode, output: output(2) }, 'input→n n→output input→n'),
      /^g: "edges of node" expected each edge once, got input→n again$/,
    ],
    [
      'a cycle through several nodes',
      () =>
        graphFile(
          { input: input(2), a: ifNode, b: linear(2, 2), c: ifNode, output: output(2) },
          'input→a a→b b→c c→a c→output',
        ),
      /node a \(IF\) cannot be read; a sum or a cycle, of input and c, would have to exist/,
    ],
    [
      'branches',
      () =>
        graphFile(
          { input: input(2), a: ifNode, b: ifNode, output: output(2) },
          'input→a input→b a→output b→output',
        ),
      /node input \(Input\) cannot be read; branches, to a and b, would have to exist/,
    ],
    [
      'a node aside',
      () => graphFile({ input: input(2), a: ifNode, b: ifNode, output: output(2) }, 'input→a a→output b→b'),
      /node b \(IF\) cannot be read; a way to it would have to exist/,
    ],
    [
      'two Inputs of one',
      () => graphFile({ a: ifNode, output: output(2) }, 'a→output'),
      /"graph" expected one node Input/,
    ],
    [
      'unequal inputs',
      () => line({ fc: linear(2, 3), a: ifNode }),
      /"fc.weight" expected 2 inputs, as reach it, got \[2, 3\]/,
    ],
    [
      'an unequal Output',
      () => line({ fc: linear(3, 2), a: ifNode }),
      /"output.shape" expected 3 values, as reach it, got 2/,
    ],
    [
      'unequal parameters',
      () => line({ a: { ...lifNode, tau: [1, 2, 3] } }),
      /"a.tau" expected one number, or one for each of 2/,
    ],
    [
      'τ below 0',
      () => line({ a: { ...lifNode, tau: -0.01 } }),
      /"a.tau" expected numbers above 0, got -0.01/,
    ],
    [
      'a threshold of 0',
      () => line({ a: { ...ifNode, v_threshold: 0 } }),
      /"a.v_threshold" expected numbers above 0, got 0/,
    ],
    ['NaN', () => line({ a: { ...ifNode, r: NaN } }), /"a.r" expected finite numbers, got NaN at place 0/],
    [
      'a missing parameter',
      () => line({ a: { type: 'IF', r: 1 } }),
      /"a.v_threshold" expected numbers, got nothing/,
    ],
    [
      'a field that is misspelt',
      () => line({ a: { ...ifNode, v_rezet: 0.5 } }),
      /^g: "field of a" expected one of r, v_threshold, v_reset, type, metadata, got v_rezet; did you mean v_reset\?$/,
    ],
    [
      'an input_shape of another map',
      () =>
        graphFile(
          { input: input(2, 4, 4), c: { ...conv, input_shape: [9, 17] }, a: ifNode, output: output(1) },
          'input→c c→a a→output',
        ),
      /^g: "c.input_shape" expected the map that reaches it, 4 × 4, got \[9, 17\]$/,
    ],
    [
      'a delay',
      () => line({ d: { type: 'Delay', delay: 1 }, a: ifNode }),
      /node d \(Delay\) cannot be read; a layer of its kind would have to exist/,
    ],
    [
      'an integrator without threshold',
      () => line({ a: ifNode, b: { type: 'LI', tau: 1, r: 1, v_leak: 0 } }),
      /node b \(LI\) cannot be read; a layer of its kind/,
    ],
    [
      'an unknown type',
      () => line({ x: { type: 'Nonsense' }, a: ifNode }),
      /node x \(Nonsense\) cannot be read; a layer of its kind/,
    ],
    [
      'a map without Flatten',
      () =>
        graphFile(
          { input: input(2, 2, 1), fc: linear(2, 4), a: ifNode, output: output(2) },
          'input→fc fc→a a→output',
        ),
      /node fc \(Linear\) cannot be read; a Flatten before it would have to exist/,
    ],
    [
      'groups',
      () =>
        graphFile(
          {
            input: input(2, 4, 4),
            c: { ...conv, groups: 2, weight: { shape: [2, 1, 3, 3], data: Array(18).fill(1) }, bias: [0, 0] },
            a: ifNode,
            output: output(2),
          },
          'input→c c→a a→output',
        ),
      /node c \(Conv2d\) cannot be read; groups of channels/,
    ],
    [
      'dilation',
      () =>
        graphFile(
          { input: input(2, 4, 4), c: { ...conv, dilation: 2 }, a: ifNode, output: output(1) },
          'input→c c→a a→output',
        ),
      /node c \(Conv2d\) cannot be read; a dilated kernel/,
    ],
    [
      'a time in the Input',
      () => graphFile({ input: input(5, 2, 4, 4), a: ifNode, output: output(1) }, 'input→a a→output'),
      /"input.shape" expected a shape \(n\) or \(C, H, W\), got \[5, 2, 4, 4\]/,
    ],
    ['no neurons', () => line({ fc: affine(2, 2, [0, 0]) }), /"graph" expected nodes of neurons/],
    [
      'more than a graph may have',
      () =>
        graphFile(
          { input: input(1024, 1024, 1), a: ifNode, b: ifNode, output: output(1) },
          'input→a a→b b→output',
        ),
      /"b" expected at most 1048576 values, and neurons in all, got 2097152/,
    ],
    ['a zip', () => Uint8Array.of(0x50, 0x4b, 3, 4), /got a zip, as PyTorch writes them/],
  ])('%s', (_, bytes, message) => {
    expect(() => chain(bytes())).toThrow(message);
  });
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
