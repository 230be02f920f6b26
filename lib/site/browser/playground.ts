import { showCircle } from './circle.js';
import { showLooking } from './looking.js';
import { showPainting } from './painting.js';

/** The playground: painting, looking, and the loss. What a browser cannot do is said in words. */
function cannot(): string | undefined {
  if (location.protocol === 'file:')
    return 'Pages that are read from a disk may not load models. Serve this folder, for example with “npx http-server site”.';
  if (typeof WebAssembly === 'undefined')
    return 'This browser has no WebAssembly, which runs the models. Any browser of the last five years has it.';
  return undefined;
}

const why = cannot();
if (why === undefined) {
  showPainting();
  showLooking();
} else {
  const said = document.getElementById('cannot')!;
  [said.textContent, said.hidden] = [`${why} The loss, below, works all the same.`, false];
}
showCircle();
