/**
 * `asf-bp/png`: reads PNG pictures, and converts pictures to the input of a network.
 *
 * @module asf-bp/png
 */
export { readPng, type Picture } from './formats/png.ts';
export { mapOf } from './pictures/pictureBytes.ts';
export type { CanvasPicture } from './pictures/digit.ts';
