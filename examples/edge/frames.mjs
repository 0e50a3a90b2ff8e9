/**
 * Recordings over HTTP, for a network of a NIR graph, or any other.
 *
 * POST /frames: frames of spikes or counts, one per step, (T,C,H,W), each number a byte → { label, potentials }.
 */
import { predict } from 'asf-bp/infer';
import { answerWith, rawBytes, refuseType } from './requests.mjs';

/** A handler for a network. */
export function framesHandler(net) {
  const { T, input } = net.plan;
  const mostBytes = T * input.channels * input.height * input.width;
  const frames = (bytes, type) => {
    if (type !== rawBytes) refuseType([rawBytes], type);
    const { label, potentials } = predict(net, { frames: bytes });
    return Response.json({ label, potentials: [...potentials] });
  };
  return (request) => answerWith({ '/frames': frames }, mostBytes, request);
}
