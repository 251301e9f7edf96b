/** The entry for the browser: use finished models. The names are those of the entry for Node. */
import { library } from './library.ts';
import { webPlatform } from './platform/web.ts';

export const { pipeline, loadModel } = library(webPlatform);

export { InputError } from '../io/error.ts';
export { EngineError, SpentProgramError } from '../runtime/engine-error.ts';
export * from './library-type.ts';
