/** Libraries of Linux: what the system's loader does not refuse in words. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** `e_machine` by `process.arch`. */
const machines: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

/**
 * What is wrong with a library in ELF: the loader calls one for another processor missing, and one that is cut off ends
 * the process. Undefined if nothing is, or the file has another format.
 *
 * Source: System V ABI, chapter 4, `Elf64_Ehdr`; the table of sections is at the end of a file.
 */
export function elfFault(file: string): string | undefined {
  const header = Buffer.alloc(64);
  const open = openSync(file, 'r');
  try {
    const read = readSync(open, header);
    if (header.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
    const is64Bit = header[4] === 2;
    if (is64Bit && header.readUInt16LE(18) !== machines[process.arch]) return 'a library for another processor';
    const end = Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60);
    const isCut = read < header.length || (is64Bit && fstatSync(open).size < end);
    return isCut ? 'a library that is cut off' : undefined;
  } finally {
    closeSync(open);
  }
}
