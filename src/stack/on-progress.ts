/** Told in a few words, ready to print, what the stack is doing now. */
export type OnProgress = (message: string) => void;
