import { constantValue, inputName } from './constant.ts';
import type { Node, Tensor } from './node.ts';
import { topological } from './topological.ts';

/** A graph as text, one node per line: `%3 = matmul(%1, %2) : float [batch, 512]  # encoder.layers.0`. */
export function printGraph(outputs: readonly Tensor[]): string {
  const names = new Map<Tensor, string>();
  const lines: string[] = [];
  for (const node of topological(outputs)) {
    for (const output of node.outputs) names.set(output, nameOf(output, names.size));
    if (node.inputs.length === 0 && constantValue(node.outputs[0])?.data.length === 1) continue;
    const left = node.outputs.map((output) => names.get(output)).join(', ');
    const right = node.inputs.map((input) => names.get(input)).join(', ');
    const types = node.outputs.map(String).join(', ');
    lines.push(
      `${left} = ${node.op.name}(${right})${attributeText(node)} : ${types}${node.scope && `  # ${node.scope}`}`,
    );
  }
  lines.push(`return ${outputs.map((output) => names.get(output)).join(', ')}`);
  return lines.join('\n');
}

function nameOf(tensor: Tensor, count: number): string {
  const known = constantValue(tensor);
  if (known?.data.length === 1) return String(known.data[0]);
  return `%${inputName(tensor) ?? count}`;
}

function attributeText({ attributes, inputs }: Node): string {
  if (typeof attributes !== 'object' || attributes === null || inputs.length === 0) return '';
  const entries = Object.entries(attributes).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return '';
  return ` {${entries.map(([name, value]) => `${name}: ${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}`).join(', ')}}`;
}
