/** A token that has been chosen. */
export interface ChosenToken {
  readonly token: number;
  readonly sample: number;
  /** Whether it is the last one. */
  readonly isLast: boolean;
}
