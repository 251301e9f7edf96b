/**
 * The worker in which the engine runs in a browser: the script that `webBackend` starts, `heddle/worker`.
 *
 * ONNX Runtime is imported statically. A bundler puts it into this very file, which ONNX Runtime loads once more for each
 * thread of its pool; an import that waits for a call would never run there, and the pool would wait for ever.
 */

import * as ort from 'onnxruntime-web/wasm';
import { answerCalls } from './web-answer.ts';

answerCalls(ort);
