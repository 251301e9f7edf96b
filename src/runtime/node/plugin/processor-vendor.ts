import type { Address, OrtLibrary } from '../ort-library.ts';

/** The place of `vendor_id` in `struct OrtHardwareDevice`, in 32-bit words: after the device's type. */
const vendorPlace = 1;

/**
 * Does `work` while ONNX Runtime reports the processor as one of a vendor, by the vendor's PCI id, and returns its
 * result. Some plugins offer themselves only on the processors of their own vendor, although they run on others.
 *
 * ONNX Runtime has no function for this. The field is written only where it is found as its own accessor reads it.
 *
 * @param processor ONNX Runtime's device of the CPU provider.
 */
export function withVendor<T>(library: OrtLibrary, processor: Address, vendor: number, work: () => T): T {
  const device = library.query('EpDevice_Device', processor);
  if (typeof device !== 'bigint') return work();
  const reported = () => library.query('HardwareDevice_VendorId', device);
  const fields = new Uint32Array(library.bytes(device, 4 * (vendorPlace + 1)).buffer);
  const own = fields[vendorPlace];
  if (own === vendor || own !== reported()) return work();
  fields[vendorPlace] = vendor;
  try {
    return work();
  } finally {
    fields[vendorPlace] = own;
  }
}
