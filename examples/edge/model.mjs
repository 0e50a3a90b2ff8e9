/** A Cloudflare Worker for the model beside it, `model.safetensors`, as `asf-bp train` and `asf-bp export` write one. */
import { loadModel } from 'asf-bp/infer';
import model from './model.safetensors';
import { networkHandler } from './network.mjs';

export default { fetch: networkHandler(loadModel(model)) };
