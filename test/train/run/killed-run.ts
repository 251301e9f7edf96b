/** A training that kills itself: `node killed-run.mjs FOLDER step|write NUMBER`. Bundled and run by kill.test.ts. */
import type { Backend, Program } from '../../../src/runtime/backend.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { runIn } from '../sequence-task.ts';
import { killedArguments, killedTask } from './killed-training.ts';

const [folder, place, number] = process.argv.slice(2);
const kill = (): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('still alive');
};

/** Kills the process while the engine works on gradients: the other programs of an update are too short to be hit. */
function killing(backend: Backend, at: number): Backend {
  let runs = 0;
  const watched = (program: Program): Program => ({
    inputs: program.inputs,
    outputs: program.outputs,
    dispose: () => program.dispose(),
    async run(feeds, options) {
      let isRunning = true;
      const result = program.run(feeds, options).finally(() => (isRunning = false));
      if (program.inputs.includes('input_ids')) runs++;
      if (runs === at) setTimeout(() => isRunning && kill(), 1);
      return result;
    },
  });
  return { ...backend, compile: async (model, options) => watched(await backend.compile(model, options)) };
}

const task = killedTask();
let saves = 0;
const files: typeof task.files = (weights) => {
  const made = { ...task.files(weights) };
  const [header, ...pieces] = made['model.safetensors'] as readonly Uint8Array[];
  saves++;
  if (place === 'write' && saves === Number(number)) {
    const torn = [header, ...pieces];
    Object.defineProperty(torn, 2, { get: kill });
    made['model.safetensors'] = torn;
  }
  return made;
};

const backend = place === 'step' ? killing(nodeBackend(), Number(number)) : nodeBackend();
await runIn(folder, killedArguments, { task: { ...task, files }, backend });
