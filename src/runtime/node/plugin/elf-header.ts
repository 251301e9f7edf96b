/** Libraries of Linux: what the system's loader does not refuse in words. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** `e_machine` by `process.arch`. */
const machines: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

/** The beginning of a library in ELF. */
interface ElfHeader {
  readonly isForThisProcessor: boolean;
  readonly isCutOff: boolean;
}

/**
 * The header of a file; undefined if it has another format. Of an empty file, nothing is known but that it is cut off.
 *
 * Source: System V ABI, chapter 4, `Elf64_Ehdr`; the table of sections is at the end of a file.
 */
function elfHeader(file: string): ElfHeader | undefined {
  const header = Buffer.alloc(64);
  const open = openSync(file, 'r');
  try {
    const read = readSync(open, header);
    if (read > 0 && header.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
    const is64Bit = header[4] === 2;
    const end = Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60);
    return {
      isForThisProcessor: !is64Bit || header.readUInt16LE(18) === machines[process.arch],
      isCutOff: read < header.length || (is64Bit && fstatSync(open).size < end),
    };
  } finally {
    closeSync(open);
  }
}

/** That a library is cut off: loading it ends the process. Undefined if it is whole, or the file has another format. */
export const cutOffFault = (file: string): string | undefined =>
  elfHeader(file)?.isCutOff ? 'a library that is cut off' : undefined;

/** What is wrong with a library: the loader calls one for another processor missing. Undefined as for {@link cutOffFault}. */
export const elfFault = (file: string): string | undefined =>
  elfHeader(file)?.isForThisProcessor === false ? 'a library for another processor' : cutOffFault(file);
