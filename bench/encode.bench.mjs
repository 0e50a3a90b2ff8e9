/** Stage encode: Poisson spikes of one image. */
export const run = ({ backend, maps, input, span }) => backend.encode(maps[0], [input], span);
export const result = ({ maps }) => [maps[0].FO];
