/** Libraries of Linux: what the system's loader does not refuse in words, or not in the right ones. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** `e_machine` by `process.arch`. */
const machines: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

/** `p_type` of a segment that the loader maps into memory. */
const mapped = 1;

/**
 * What is wrong with a library: it is too short for its headers, which the loader says; it is for another processor, which
 * the loader calls missing; or it ends before what the loader maps, which ends the process.
 */
export type ElfFault = 'short' | 'foreign' | 'cutOff';

/**
 * The first fault of a library; undefined if it has none, or the file has another format, which the loader refuses in
 * words. An empty file counts as a short library.
 *
 * Source: System V ABI, chapters 4 and 5, `Elf64_Ehdr` and `Elf64_Phdr`.
 * @throws the system's error when the file cannot be read.
 */
export function elfFault(file: string): ElfFault | undefined {
  const open = openSync(file, 'r');
  try {
    const header = Buffer.alloc(64);
    const read = readSync(open, header);
    if (read > 0 && header.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
    if (read < header.length) return 'short';
    const is64Bit = header[4] === 2;
    if (!is64Bit) return undefined;
    if (header.readUInt16LE(18) !== machines[process.arch]) return 'foreign';
    const fileSize = fstatSync(open).size;
    const [at, entrySize, entries] = [
      Number(header.readBigUInt64LE(32)),
      header.readUInt16LE(54),
      header.readUInt16LE(56),
    ];
    if (at + entrySize * entries > fileSize) return 'short';
    // The loader knows one size of an entry.
    if (entrySize !== 56) return undefined;
    const segments = Buffer.alloc(entrySize * entries);
    readSync(open, segments, 0, segments.length, at);
    const isCutOff = (segment: number): boolean =>
      segments.readUInt32LE(segment) === mapped &&
      Number(segments.readBigUInt64LE(segment + 8)) + Number(segments.readBigUInt64LE(segment + 32)) > fileSize;
    return Array.from({ length: entries }, (_, i) => i * entrySize).some(isCutOff) ? 'cutOff' : undefined;
  } finally {
    closeSync(open);
  }
}
