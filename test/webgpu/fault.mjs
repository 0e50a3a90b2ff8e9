/**
 * Causes a GPU fault in a process of the command: `FAULT=name:when node --import ./fault.mjs asf-bp.js …`. `when` is the number of
 * the call with the fault. With `name:when:always`, all later calls have it too. Other calls reach the device.
 */
import { create, globals } from 'webgpu';

Object.assign(globalThis, globals);
const [name, when = '1', often] = (process.env.FAULT ?? '').split(':');
const real = create([]);
let calls = 0;
const isDue = () => {
  calls++;
  return often === 'always' ? calls >= Number(when) : calls === Number(when);
};

/** Replaces a method of one object. `change` receives the original method. */
function replace(object, method, change) {
  const own = object[method].bind(object);
  Object.defineProperty(object, method, { value: (...args) => change(own, ...args), configurable: true });
}

/** When the fault is due, calls `act` just before the submission. */
const atSubmit = (device, act) =>
  replace(device.queue, 'submit', (own, commands) => {
    if (isDue()) act();
    own(commands);
  });
let isGone = false;

const faults = {
  lost: (device) =>
    replace(device.queue, 'submit', (own, commands) => {
      own(commands);
      if (isDue()) device.destroy();
    }),
  // The device is lost, and no other device is available.
  gone: (device) =>
    replace(device.queue, 'submit', (own, commands) => {
      own(commands);
      if (!isDue()) return;
      isGone = true;
      device.destroy();
    }),
  // A debug group that is never closed.
  validation: (device) =>
    atSubmit(device, () => {
      const encoder = device.createCommandEncoder();
      encoder.pushDebugGroup('open');
      device.queue.submit([encoder.finish()]);
    }),
  memory: (device) => {
    let isFull = false;
    atSubmit(device, () => (isFull = true));
    replace(device, 'popErrorScope', async (own) => {
      const wasFull = isFull;
      isFull = false;
      return (await own()) ?? (wasFull ? new globals.GPUOutOfMemoryError('no memory left') : null);
    });
  },
  shader: (device) =>
    replace(device, 'createShaderModule', (own, { code }) =>
      own({ code: isDue() ? code.replace('fn itemOf', 'fn itemof') : code }),
    ),
  wrong: (device) =>
    replace(device, 'createShaderModule', (own, { code }) =>
      own({ code: code.replace('apart(d[place] * slope)', 'apart(d[place] * slope * 1.001)') }),
    ),
};

const gpu = {
  async requestAdapter(options) {
    if (name === 'adapter' || isGone) return null;
    const adapter = await real.requestAdapter(options);
    if (name === 'gpu') {
      const info = { description: 'a pretended GPU', vendor: '', isFallbackAdapter: false };
      Object.defineProperty(adapter, 'info', { value: info });
    }
    replace(adapter, 'requestDevice', async (own, asked) => {
      if (name === 'denied') return own({ requiredLimits: { maxBindGroups: 1000 } });
      const device = await own(asked);
      faults[name]?.(device);
      return device;
    });
    return adapter;
  },
};
Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
