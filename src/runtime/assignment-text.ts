import type { NodeAssignment } from './backend.ts';

/**
 * Which nodes of a training step an engine runs, for readers: `openvino runs 812 of the 830 nodes of a training step; the
 * CPU runs the others: Scan 2, …`.
 */
export function assignmentText(engine: string, { plugin, cpu }: NodeAssignment): string {
  const others = Object.entries(cpu);
  const total = others.reduce((sum, [, count]) => sum + count, plugin);
  if (others.length === 0) return `${engine} runs all ${total} nodes of a training step`;
  const list = others.map(([op, count]) => `${op} ${count}`).join(', ');
  return `${engine} runs ${plugin} of the ${total} nodes of a training step; the CPU runs the others: ${list}`;
}
