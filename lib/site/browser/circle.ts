import { circleLoss } from './circleLoss.js';
import { byId, make, slider } from './elements.js';

/** Three captions of three points; colours that colour-blind readers tell apart (Okabe and Ito). */
const CAPTIONS = [0, 0, 0, 1, 1, 1, 2, 2, 2];
const COLOURS = ['#0072B2', '#D55E00', '#009E73'];
const START = [0.2, 0.9, 2.2, 2.9, 3.3, 4.4, 4.1, 5.2, 5.9];
const RADIUS = 96;
/** Radians an arrow key turns a point by, and the most that a step along the pull does. */
const TURN = 0.08;
/** Radians of the longest stroke, and the pull below which all strokes are shorter. */
const LONGEST = 0.6;
const SLIGHT = 0.3;

/** Points on a circle that can be moved, and what the loss says of them. */
export function showCircle(): void {
  let angles = [...START];
  let chosen = 0;
  const ring = byId<SVGSVGElement>('ring');
  const tau = slider('tau', () => show());

  const shape = (name: string, attributes: Record<string, string | number>) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    return element;
  };
  const [circle, strokes, points] = [
    shape('circle', { r: RADIUS, fill: 'none', stroke: 'currentColor', 'stroke-opacity': 0.3 }),
    CAPTIONS.map((caption) => shape('path', { stroke: COLOURS[caption], 'stroke-width': 3, fill: 'none' })),
    CAPTIONS.map((caption, i) =>
      shape('circle', {
        r: 9,
        fill: COLOURS[caption],
        stroke: 'var(--paper)',
        'stroke-width': 2,
        tabindex: 0,
        role: 'slider',
        'aria-valuemin': 0,
        'aria-valuemax': 360,
        'aria-label': `Point ${i + 1} of caption ${caption + 1}`,
      }),
    ),
  ];
  ring.append(circle, ...strokes, ...points);

  const turn = (i: number, by: number) => {
    angles[i] = (angles[i] + by + 2 * Math.PI) % (2 * Math.PI);
    chosen = i;
    show();
  };
  points.forEach((point, i) => {
    point.addEventListener('focus', () => turn(i, 0));
    point.addEventListener('keydown', (event) => {
      const by = { ArrowLeft: TURN, ArrowUp: TURN, ArrowRight: -TURN, ArrowDown: -TURN }[(event as KeyboardEvent).key];
      if (by === undefined) return;
      event.preventDefault();
      turn(i, by);
    });
    point.addEventListener('pointerdown', (event) => point.setPointerCapture((event as PointerEvent).pointerId));
    point.addEventListener('pointermove', (event) => {
      const { buttons, clientX, clientY } = event as PointerEvent;
      if (buttons === 0) return;
      const box = ring.getBoundingClientRect();
      const angle = Math.atan2(box.top + box.height / 2 - clientY, clientX - box.left - box.width / 2);
      turn(i, angle - angles[i]);
    });
  });
  byId('scatter').addEventListener('click', () => {
    angles = angles.map(() => 2 * Math.PI * Math.random());
    show();
  });
  byId('follow').addEventListener('click', () => {
    let left = 60;
    const step = () => {
      const { pull } = circleLoss(angles, CAPTIONS, tau());
      const scale = TURN / Math.max(TURN, ...pull.map(Math.abs));
      angles = angles.map((angle, i) => angle + scale * pull[i]);
      show();
      if (--left > 0) requestAnimationFrame(step);
    };
    step();
  });

  function show(): void {
    const { loss, q, p, pull } = circleLoss(angles, CAPTIONS, tau());
    byId('loss').textContent = loss.toFixed(3);
    const at = (angle: number, radius: number) =>
      `${(radius * Math.cos(angle)).toFixed(2)} ${(-radius * Math.sin(angle)).toFixed(2)}`;
    const strongest = Math.max(SLIGHT, ...pull.map(Math.abs));
    angles.forEach((angle, i) => {
      const [x, y] = at(angle, RADIUS).split(' ');
      points[i].setAttribute('cx', x);
      points[i].setAttribute('cy', y);
      points[i].setAttribute('aria-valuenow', String(Math.round((180 * angle) / Math.PI)));
      points[i].setAttribute('r', i === chosen ? '11' : '9');
      const turned = (LONGEST * pull[i]) / strongest;
      strokes[i].setAttribute(
        'd',
        `M${at(angle, RADIUS + 18)} A${RADIUS + 18} ${RADIUS + 18} 0 0 ${turned > 0 ? 0 : 1} ${at(angle + turned, RADIUS + 18)}`,
      );
    });
    byId('opinions').replaceChildren(opinions(q[chosen], p[chosen]));
  }

  function opinions(q: readonly number[], p: readonly number[]): HTMLElement {
    const rows = CAPTIONS.flatMap((caption, i) => {
      if (i === chosen) return [];
      const bar = make('span', { className: 'bar' });
      Object.assign(bar.style, { width: `${100 * q[i]}%`, background: COLOURS[caption] });
      const cells = [
        make('th', { textContent: `point ${i + 1}`, scope: 'row' }),
        make('td', { textContent: q[i].toFixed(2) }),
        make('td', { textContent: p[i].toFixed(2) }),
        make('td', { className: 'bars' }, bar),
      ];
      return [make('tr', {}, ...cells)];
    });
    const head = make(
      'tr',
      {},
      ...['', 'q', 'p', ''].map((textContent) => make(textContent ? 'th' : 'td', { textContent })),
    );
    const caption = make('caption', { textContent: `What point ${chosen + 1} takes for its own (q), and should (p)` });
    return make('table', {}, caption, make('tbody', {}, head, ...rows));
  }

  show();
}
