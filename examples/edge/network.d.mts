import type { SpikingNetwork } from 'asf-bp/infer';

export declare function networkHandler(net: SpikingNetwork): (request: Request) => Promise<Response>;
