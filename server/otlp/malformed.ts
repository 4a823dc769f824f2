// The one error of the decoders: the body cannot be read.
import { AppError } from '../errors.ts';
import { OBJECTS_MAX } from './limits.ts';

/** An AppError `bad_request` that says what is wrong with the body, never what stands in it. */
export const malformed = (what: string): AppError =>
  new AppError('bad_request', `the request cannot be decoded: ${what}`);

export const tooManyObjects = (): AppError =>
  malformed(`it has more than ${String(OBJECTS_MAX)} objects and lists`);
