/** The most updates of a profile: the engine records a million executions of nodes. */
export const mostUpdates = 1000;
