import type { Mistake } from '../name.ts';
import type { SurrogateModel } from './steps.ts';
export const mistakesOf = (_model: SurrogateModel): Mistake<SurrogateModel>[] => [];
