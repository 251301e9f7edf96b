import type { NodeAssignment } from '../../backend.ts';
import type { Address, OrtLibrary } from '../ort-library.ts';

/** The setting that makes a session remember which provider runs each node. */
export const recordsAssignment = 'session.record_ep_graph_assignment_info';

/**
 * The nodes of a session that the provider `name` runs, and those that it leaves to the CPU provider, bodies of loops
 * included. The session must have been created with {@link recordsAssignment}.
 */
export function nodeAssignment(library: OrtLibrary, session: Address, name: string): NodeAssignment {
  const text = (field: 'EpAssignedSubgraph_GetEpName' | 'EpAssignedNode_GetOperatorType', of: Address) =>
    library.text(library.get(field, of));
  let plugin = 0;
  const cpu = new Map<string, number>();
  for (const part of library.list('Session_GetEpGraphAssignmentInfo', session)) {
    const nodes = library.list('EpAssignedSubgraph_GetNodes', part);
    if (text('EpAssignedSubgraph_GetEpName', part) === name) {
      plugin += nodes.length;
      continue;
    }
    for (const node of nodes) {
      const op = text('EpAssignedNode_GetOperatorType', node);
      cpu.set(op, (cpu.get(op) ?? 0) + 1);
    }
  }
  return { plugin, cpu: Object.fromEntries([...cpu].sort(([, a], [, b]) => b - a)) };
}
