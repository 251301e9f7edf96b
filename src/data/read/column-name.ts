/** The name of a column as it is compared: in NFC, so that no two look alike and differ. */
export const composedName = (name: string): string => name.normalize('NFC');
