/** A Cloudflare Worker for the NIR graph beside it, `graph.nir`. */
import { importNIR } from 'asf-bp/nir';
import { framesHandler } from './frames.mjs';
import graph from './graph.nir';

export default { fetch: framesHandler(importNIR(graph, { as: 'norse', timeWindow: 30 })) };
