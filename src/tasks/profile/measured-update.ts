import type { RecordedProgram, Role } from '../../inspect/profile/recorded-program.ts';
import type { StepTime } from '../../inspect/profile/step-profile.ts';
import { nodePlaces } from '../../onnx/node-place.ts';
import { Updater, type UpdaterParts } from '../../train/update/updater.ts';
import { type DataCount, WatchedData } from './watched-data.ts';
import { coveredTime, type WatchedProgram, watchedEngine } from './watched-engine.ts';

/** Updates before those that are measured. */
export const warmupUpdates = 3;

/** What some updates took. */
export interface MeasuredUpdates {
  readonly time: StepTime;
  readonly data: Readonly<DataCount>;
  /** Empty unless the engine recorded. */
  readonly programs: readonly RecordedProgram[];
  readonly lanes: number;
}

/** How updates are measured. */
export interface MeasureOptions {
  readonly updates: number;
  /** The learning rate of an update, from 0. */
  readonly rateAt: (update: number) => number;
  readonly isRecorded: boolean;
}

/** The output that tells what a program does. */
const roles: Readonly<Record<string, Role>> = { loss: 'gradients', part: 'norm', 'next/parameter': 'update' };

const roleOf = ({ outputs }: WatchedProgram): Role => {
  const role = outputs.flatMap((name) => (Object.hasOwn(roles, name) ? [roles[name]] : []))[0];
  if (!role) throw new Error(`profile: expected a program of an update, got one that gives ${outputs.join(', ')}`);
  return role;
};

/** Makes updates as a training does, warm-up first, and measures them. */
export async function measuredUpdates(
  parts: UpdaterParts,
  { updates, rateAt, isRecorded }: MeasureOptions,
): Promise<MeasuredUpdates> {
  const engine = watchedEngine(parts.backend, { isRecorded });
  const data = new WatchedData(parts.source, parts.randomBytes);
  const { source, randomBytes } = data;
  const updater = await Updater.make({ ...parts, source, randomBytes, backend: engine.backend });
  try {
    let begun = performance.now();
    let skipped: readonly number[] = [];
    for (let update = 1; update <= warmupUpdates + updates; update++) {
      if (update === warmupUpdates + 1) {
        skipped = engine.programs.map(({ runs }) => runs.length);
        data.begin();
        begun = performance.now();
      }
      await updater.run(update, rateAt(update - 1), update === warmupUpdates + updates);
    }
    const total = performance.now() - begun;
    const measured = engine.programs.map((program, i) => ({ program, runs: program.runs.slice(skipped[i]) }));
    const inside = coveredTime(measured.flatMap(({ runs }) => runs));
    const count = data.count;
    return {
      time: {
        step: total / updates,
        outside: (total - inside) / updates,
        batches: count.batches / updates,
        randomBytes: count.randomBytes / updates,
      },
      data: count,
      programs: isRecorded ? await recordedPrograms(measured, skipped) : [],
      lanes: engine.programs.filter((program) => roleOf(program) === 'gradients').length,
    };
  } finally {
    await updater.dispose();
  }
}

async function recordedPrograms(
  measured: readonly { readonly program: WatchedProgram; readonly runs: WatchedProgram['runs'] }[],
  skipped: readonly number[],
): Promise<RecordedProgram[]> {
  const lanes = new Map<Role, number>();
  const recorded: RecordedProgram[] = [];
  for (const [i, { program, runs }] of measured.entries()) {
    const role = roleOf(program);
    const lane = lanes.get(role) ?? 0;
    lanes.set(role, lane + 1);
    recorded.push({
      role,
      lane,
      runs: (await program.recorded()).slice(skipped[i]),
      starts: runs.map(({ start }) => start),
      places: nodePlaces(program.bytes, role === 'gradients' ? 'loss' : ''),
    });
  }
  return recorded;
}
