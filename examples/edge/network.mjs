/**
 * Predicts samples that arrive over HTTP, for any network.
 *
 * POST /predict: an image (C,H,W), one byte 0 … 255 per number → { label, second, lead, isSure, potentials }.
 * POST /frames: frames of spikes or counts, one per step, (T,C,H,W), one byte per number → { label, potentials }.
 */
import { predict } from 'asf-bp/infer';
import { answerWith, rawBytes, refuseType } from './requests.mjs';

export function networkHandler(net) {
  const { T, input } = net.plan;
  const mostBytes = T * input.channels * input.height * input.width;
  const image = (bytes, type) => {
    if (type !== rawBytes) refuseType([rawBytes], type);
    const { label, second, lead, isSure, potentials } = predict(net, bytes);
    return Response.json({ label, second, lead, isSure, potentials: [...potentials] });
  };
  const frames = (bytes, type) => {
    if (type !== rawBytes) refuseType([rawBytes], type);
    const { label, potentials } = predict(net, { frames: bytes });
    return Response.json({ label, potentials: [...potentials] });
  };
  return (request) => answerWith({ '/predict': image, '/frames': frames }, mostBytes, request);
}
