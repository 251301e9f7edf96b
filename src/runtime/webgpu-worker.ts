/** The worker of `webGpuBackend`, `heddle/worker/webgpu`: as `web-worker.ts`, with ONNX Runtime's larger build. */

import * as ort from 'onnxruntime-web/webgpu';
import { answerCalls } from './web-answer.ts';

answerCalls(ort);
