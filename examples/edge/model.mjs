/** A Cloudflare Worker for the model `model.safetensors` in this folder, from `asf-bp train` or `asf-bp export`. */
import { loadModel } from 'asf-bp/infer';
import model from './model.safetensors';
import { networkHandler } from './network.mjs';

export default { fetch: networkHandler(loadModel(model)) };
