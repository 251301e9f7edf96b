/** What most programs need, in the browser: finished models to use. The names are those of Node's entry. */
import { library } from './library.ts';
import { webPlatform } from './platform/web.ts';

export const { pipeline, loadModel } = library(webPlatform);

export { InputError } from '../io/error.ts';
export { EngineError } from '../runtime/engine-error.ts';
export * from './library-type.ts';
