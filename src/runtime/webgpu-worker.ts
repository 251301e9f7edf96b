/**
 * The worker of `webGpuBackend`, `heddle/worker/webgpu`: like `web-worker.ts`, but with ONNX Runtime's larger build.
 */

import * as ort from 'onnxruntime-web/webgpu';
import { answerCalls } from './web/answer.ts';

answerCalls(ort);
