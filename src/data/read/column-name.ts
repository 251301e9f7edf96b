/** The name of a column in NFC, for comparison, so that names that look alike are equal. */
export const composedName = (name: string): string => name.normalize('NFC');
