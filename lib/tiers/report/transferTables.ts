import type { TaskScore } from '../../evaluate/evaluateTasks.js';
import { FINE_GRAINED_TASKS } from '../../evaluate/tasks/fineGrained.js';
import { EVALUATION_TASKS } from '../../evaluate/tasks/tasksNamed.js';
import { UNSEEN_TASKS } from '../../evaluate/tasks/unseen.js';
import type { TaskDotsData } from '../../figures/taskDots.js';
import { inPercent, type Measured, written } from '../../runs/measured.js';
import { paperNumbers } from '../../runs/published.js';
import { judgedBy, type RecordsFrom } from './evaluationScores.js';

type Group = 'fine-grained' | 'unseen';
const TASKS = { 'fine-grained': FINE_GRAINED_TASKS, unseen: UNSEEN_TASKS };

/** What the records hold of a task for each method; null where the task was skipped or not asked for. */
function scoresOf(from: RecordsFrom): { method: string; of: (task: string) => TaskScore | null }[] {
  return judgedBy('transfer', from).map(({ method, metrics }) => ({
    method,
    of: (name) => {
      const row = metrics.rows.find(({ task }) => task === name);
      return row && !('skipped' in row) ? row : null;
    },
  }));
}

/** Score of guessing, in percent; none is given where pictures are of several classes. */
function chanceOf(task: string, methods: ReturnType<typeof scoresOf>): number | null {
  const [score] = methods.flatMap(({ of }) => of(task) ?? []);
  return score && score.metric !== '11-point mAP' ? 100 / score.classes : null;
}

/** The data sets of the paper that a task stands for, and SynCLR's (ViT-B/16) mean score on them; null for none. */
function inThePaper(mirrors: string): { sets: string; score: number | null } {
  const { table6, table9 } = paperNumbers();
  const score = new Map<string, number>();
  for (const { columns, rows } of [table6, table9]) {
    const row = rows.find((cells) => cells[0] === 'SynCLR' && cells.includes('ViT-B/16'))!;
    for (const [i, name] of columns.entries())
      if (typeof row[i] === 'number' && name !== 'Average') score.set(name, row[i]);
  }
  // The sets are named before the colon.
  const [named] = mirrors.split(':');
  const found = [...score].flatMap(([name, of]) =>
    new RegExp(`\\b${name}\\b`).test(named) ? [{ name, score: of }] : [],
  );
  if (found.length === 0) return { sets: '–', score: null };
  return {
    sets: found.map(({ name }) => name).join(', '),
    score: found.reduce((sum, one) => sum + one.score, 0) / found.length,
  };
}

/**
 * Table 6's nine, or Table 9's six: our tasks by method, in percent with their intervals, and beside them the paper's SynCLR
 * on the data sets that they stand for. The last row is the mean of the tasks that every method has.
 */
export function transferTable(group: Group, from: RecordsFrom = {}): Record<string, unknown>[] {
  const methods = scoresOf(from);
  const paper = TASKS[group].map(({ mirrors }) => inThePaper(mirrors));
  const rows = TASKS[group].map(({ name: task, metric }, i) => ({
    task,
    metric,
    ...Object.fromEntries(
      methods.map(({ method, of }) => {
        const score = of(task);
        return [method, score ? written(inPercent(score.value, score.interval)) : 'not run'];
      }),
    ),
    chance: chanceOf(task, methods),
    'stands for': paper[i].sets,
    'paper’s SynCLR': paper[i].score,
  }));
  const done = TASKS[group].filter(({ name }) => methods.length > 0 && methods.every(({ of }) => of(name)));
  const mean = (of: (task: string) => TaskScore | null) =>
    (100 * done.reduce((sum, { name }) => sum + of(name)!.value, 0)) / done.length;
  const known = paper.flatMap(({ score }) => score ?? []);
  return [
    ...rows,
    {
      task: `mean of ${done.length}`,
      metric: '',
      ...Object.fromEntries(
        methods.map(({ method, of }) => [method, done.length > 0 ? mean(of).toFixed(1) : 'not run']),
      ),
      chance: null,
      'stands for': '',
      'paper’s SynCLR': group === 'fine-grained' ? known.reduce((sum, one) => sum + one, 0) / known.length : null,
    },
  ];
}

/** Classes of an episode, in all records. */
const WAYS = 5;

/** All tasks that were done, for `taskDots`: by the paper's protocol, or 5-way 5-shot where a task has classes for it. */
export function transferDots(
  from: RecordsFrom = {},
  { kind = 'probe' }: { kind?: 'probe' | 'few-shot' } = {},
): TaskDotsData {
  const methods = scoresOf(from);
  const measuredBy = (score: TaskScore | null): Measured | null => {
    if (kind === 'probe') return score && inPercent(score.value, score.interval);
    return score?.fewShot ? inPercent(score.fewShot.accuracy, score.fewShot.interval) : null;
  };
  const group = (name: string, tasks: readonly { name: string }[]) => ({
    name,
    tasks: tasks
      .map((task) => ({
        name: task.name,
        chance: kind === 'few-shot' ? 100 / WAYS : (chanceOf(task.name, methods) ?? undefined),
        values: methods.map(({ of }) => measuredBy(of(task.name))),
      }))
      .filter(({ values }) => values.some(Boolean)),
  });
  return {
    methods: methods.map(({ method }) => method),
    groups: [group('fine-grained', FINE_GRAINED_TASKS), group('unseen', UNSEEN_TASKS)].filter(
      ({ tasks }) => tasks.length > 0,
    ),
    quantity: kind === 'probe' ? 'score on real test pictures (%)' : '5-way 5-shot accuracy (%)',
  };
}

/** Without any training of a classifier, and with five pictures a class: nearest neighbours, and 5-way 5-shot. */
export function fewExamplesTable(kind: 'knn' | 'few-shot', from: RecordsFrom = {}): Record<string, unknown>[] {
  const methods = scoresOf(from);
  return EVALUATION_TASKS.flatMap(({ name: task }) => {
    const cells = methods.map(({ method, of }): [string, string] | null => {
      const score = of(task);
      if (kind === 'knn') return score?.knn ? [method, written(inPercent(score.knn.value, score.knn))] : null;
      return score?.fewShot ? [method, written(inPercent(score.fewShot.accuracy, score.fewShot.interval))] : null;
    });
    const shown = cells.flatMap((cell) => (cell ? [cell] : []));
    return shown.length > 0 ? [{ task, ...Object.fromEntries(shown) }] : [];
  });
}

/** ImageNet's place in Table 6: the tier's real scenes by Table 13's linear probe, logistic regression and neighbours. */
export function probeTable(from: RecordsFrom = {}): Record<string, unknown>[] {
  return judgedBy('probe', from).map(({ method, metrics: { linear, logistic, knn } }) => ({
    method,
    'linear probe': written(inPercent(linear.accuracy, linear.interval)),
    'its base rate': linear.baseRate,
    'logistic regression': written(inPercent(logistic.accuracy, logistic.interval)),
    neighbours: written(inPercent(knn.accuracy, knn.interval)),
  }));
}

/** Tasks that the records hold no number of, and why. */
export function skippedTasks(from: RecordsFrom = {}): Record<string, string>[] {
  const skipped = judgedBy('transfer', from).flatMap(({ metrics }) =>
    metrics.rows.flatMap((row) => ('skipped' in row ? [[row.task, row.skipped] as const] : [])),
  );
  return [...new Map(skipped)].map(([task, reason]) => ({
    method: 'all',
    protocol: `transfer: ${task}`,
    'not run': reason,
  }));
}
