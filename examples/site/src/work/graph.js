/** Opens a NIR graph as a network, and runs it on a recording or an image. The code that reads graphs is loaded with the first graph. */
import { InputError, readEvents, recordings } from 'asf-bp';
import { parseJson } from 'asf-bp/formats/json';
import { predict } from 'asf-bp/infer';
import { tiny } from 'asf-bp/models/tiny';
import { readNpy, writeNpy } from 'asf-bp/npy';
import { look } from './look.js';

let net;
let turn = Promise.resolve();

/** Answers questions in their order, so that a run always uses the graph that was opened last. Reading a file may take long. */
function inTurn(act) {
  return (asked) => {
    const done = turn.then(() => act(asked));
    turn = done.catch(() => {});
    return done;
  };
}

/** Checks a graph before a simulator is chosen. Throws if the file is no graph, or the graph is no chain of layers. */
export const readGraph = inTurn(async ({ file }) => {
  if (/\.safetensors$/i.test(file.name))
    throw new InputError(
      `${file.name}: expected a NIR graph, got a model; open it under “Files”, below “Train one here”`,
    );
  const [{ readNirGraph }, { chainOf }, { openChunks }] = await Promise.all([
    import('asf-bp/nir/import/graph'),
    import('asf-bp/nir/import/chain'),
    import('asf-bp/formats/hdf5Chunks'),
  ]);
  const bytes = new Uint8Array(await file.arrayBuffer());
  chainOf(readNirGraph(bytes, file.name, openChunks), file.name);
});

/** Opens a graph by a convention: the name of a simulator, or JSON. Returns its input, time step, layers and classes. */
export const openGraph = inTurn(async ({ file, as, dt, timeWindow }) => {
  const { importNIR } = await import('asf-bp/nir');
  const bytes = new Uint8Array(await file.arrayBuffer());
  const convention = as.startsWith('{') ? parseJson(as, 'Simulator') : as;
  net = await importNIR(bytes, { as: convention, timeWindow, ...(dt !== undefined && { dt }) }, file.name);
  const { input, layers } = net.plan;
  return {
    input,
    dt: net.nir.dt,
    layers: layers.length,
    classes: layers.at(-1).output.channels,
  };
});

/**
 * Runs the graph on a recording (5 bytes per event, or an .npy of T maps) or on the bytes of an image.
 *
 * @param ms milliseconds per step of a recording of events
 * @returns the result of `look`, with the seed of the spikes for an image, or the number of maps for an .npy
 */
export const runGraph = inTurn(async ({ file, image, ms }) => {
  if (!net) throw new InputError('there is no graph to run: choose a .nir file first');
  const { frames, of } = image ? {} : await framesOf(file, ms);
  const shown = image ?? stepsOf(frames);
  return { ...look(net, shown, 'graph'), seed: image && net.seed, of };
});

/** Two example files: the bundled network as a graph, and the spikes of a digit. */
export async function exampleGraph({ image }) {
  const { exportNIR } = await import('asf-bp/nir');
  const bundled = tiny();
  const { T, input } = bundled.plan;
  const { trains } = predict(bundled, image, { trains: [0] });
  const maps = { dtype: 'F32', shape: [T, input.channels, input.height, input.width], data: trains[0] };
  return {
    graph: new File([(await exportNIR(bundled)).bytes], 'tiny.nir'),
    shown: new File([writeNpy(maps)], 'digit.npy'),
    as: 'norse',
    timeWindow: T,
  };
}

async function framesOf(file, ms) {
  const { T, input } = net.plan;
  const { channels, height, width } = input;
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (/\.npy$/i.test(file.name)) {
    const { shape, data } = readNpy(bytes, file.name);
    const size = channels * height * width;
    if (data.length !== shape[0] * size || typeof data[0] !== 'number')
      throw new InputError(
        `${file.name}: expected T maps of ${channels} × ${height} × ${width} numbers, got ${shape.join(' × ')}`,
      );
    const frames = new Float32Array(T * size);
    frames.set(Float32Array.from(data).subarray(0, frames.length));
    return { frames, of: shape[0] };
  }
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b; // PK
  if (channels !== 2 || isZip) {
    const got = isZip
      ? 'an .npz; save one array of it with numpy.save'
      : 'another file; a recording of events has 2 channels';
    throw new InputError(
      `${file.name}: expected an .npy of ${channels} × ${height} × ${width} maps, as the graph takes, got ${got}`,
    );
  }
  const set = recordings(file.name, [{ file: file.name, label: 0 }], {
    read: () => bytes,
    decode: (read, where) => readEvents(read, { width, height }, where),
    binning: { T, ms, injections: 1, shape: input, pool: 1 },
  });
  return { frames: set.input(0, {}).frames };
}

function stepsOf(frames) {
  const size = frames.length / net.plan.T;
  return Array.from({ length: net.plan.T }, (_, t) => frames.subarray(t * size, (t + 1) * size));
}
