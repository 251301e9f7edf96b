/**
 * The worker that runs the engine in a browser: the script that `webBackend` starts, `heddle/worker`.
 *
 * ONNX Runtime is imported statically. A bundler includes it in this file, which ONNX Runtime loads again for each
 * thread of its pool. A lazy import would never run there, and the pool would wait forever.
 */

import * as ort from 'onnxruntime-web/wasm';
import { answerCalls } from './web/answer.ts';

answerCalls(ort);
