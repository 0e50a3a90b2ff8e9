/**
 * Words of a step: next task, tasks, threads that are done with it, address of the tasks. A task is the address of its
 * calls and their number; a call is doubles: kernel, number of arguments, arguments.
 */
export const stepWords = 4;
