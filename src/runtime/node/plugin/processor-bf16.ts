import { readFileSync } from 'node:fs';
import type { Bf16Support } from '../../backend.ts';

/** Instructions that multiply in bfloat16, by their names in `/proc/cpuinfo`. */
const instructions = /\b(?:avx512_bf16|amx_bf16)\b/;

function processorFlags(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}

/**
 * Whether the processor multiplies in bfloat16. Without these instructions OpenVINO computes in float32, or imitates
 * bfloat16 at a loss, and says nothing. Only Linux lists them in a file.
 */
export const processorBf16: Bf16Support = instructions.test(processorFlags())
  ? {}
  : { missing: 'a processor whose flags in /proc/cpuinfo include avx512_bf16 or amx_bf16' };
