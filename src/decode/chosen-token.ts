/** A token that was chosen for good. */
export interface ChosenToken {
  readonly token: number;
  readonly sample: number;
  /** Whether none follows. */
  readonly isLast: boolean;
}
