import { expect, test } from 'vitest';
import { freshState, readTrainerState } from '../../src/train/run/trainer-state.ts';

test.each([
  ['onnxruntime-capi', 'cpu'],
  ['onnxruntime-node', 'binding'],
  ['onnxruntime-wasm', 'wasm'],
  ['cpu', 'cpu'],
  ['openvino', 'openvino'],
])('an engine that a state calls %s is today’s %s', (engine, name) => {
  const state = JSON.parse(JSON.stringify({ ...freshState(), engine }));
  expect(readTrainerState(state, 'trainer_state.json').engine).toBe(name);
});
