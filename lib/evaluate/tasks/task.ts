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
/** Which pictures of a task. */
export interface OpenTask {
  /** side of the pictures */
  readonly size: number;
  /** of the task's own split sizes */
  readonly share?: number;
  /** numbers of pictures in place of the task's own; tasks on drawn scenes alone can have any */
  readonly sizes?: SplitSizes;
  /** of drawn scenes */
  readonly seed?: number;
  /**
   * What the test shows of drawn scenes: drawings that the classifier has not met (by default), or those of its training
   * before other backgrounds and in other poses, as two splits of photographs come from one source.
   */
  readonly drawings?: 'unseen' | 'known';
}

export interface EvaluationTask {
  readonly name: string;
  /** 'fine-grained': Table 6; 'unseen': Table 9; 'folder': the user's. */
  readonly group: 'fine-grained' | 'unseen' | 'folder';
  /** Which data set of the paper it stands for, and where the likeness ends. */
  readonly mirrors: string;
  readonly metric: TaskMetric;
  /** Why it cannot be done here, or nothing. */
  missing?(): string | undefined;
  open(options: OpenTask): Promise<TaskSplits>;
}
