/** Pictures and drawings as intensities, for the command. */
export { digitFromPng } from './digit.ts';
export { bytesOfPicture, isGray } from './pictureBytes.ts';
