import type { NodePlace } from '../../onnx/node-place.ts';
import type { RecordedRun } from '../../runtime/backend.ts';

/** What a program of an update does. */
export type Role = 'gradients' | 'norm' | 'update';

/** A recorded program of an update. */
export interface RecordedProgram {
  readonly role: Role;
  /** The lane in which it runs, from 0. */
  readonly lane: number;
  /** The runs of the measured updates that the engine recorded. */
  readonly runs: readonly RecordedRun[];
  /** When each run of the measured updates began, recorded or not, in ms. */
  readonly starts: readonly number[];
  /** Where its nodes come from, by their names. */
  readonly places: ReadonlyMap<string, NodePlace>;
}
