import type { LabelledImages } from '../features.js';

/** How a task is scored: as Table 6 does for the data set that it mirrors. */
export type TaskMetric = 'accuracy' | 'mean per class' | '11-point mAP';

export interface TaskSplits {
  readonly train: LabelledImages;
  readonly validation: LabelledImages;
  readonly test: LabelledImages;
}

/** Pictures of each split. */
export interface SplitSizes {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** A classification that a frozen encoder is judged by. */
export interface EvaluationTask {
  readonly name: string;
  /** 'fine-grained': Table 6; 'unseen': Table 9; 'folder': the user's. */
  readonly group: 'fine-grained' | 'unseen' | 'folder';
  /** Which data set of the paper it stands for, and where the likeness ends. */
  readonly mirrors: string;
  readonly metric: TaskMetric;
  /** Why it cannot be done here, or nothing. */
  missing?(): string | undefined;
  /** @param size side of the pictures; @param share of the task's own split sizes; @param seed of drawn scenes */
  open(options: { size: number; share?: number; seed?: number }): Promise<TaskSplits>;
}
