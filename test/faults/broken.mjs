// Readers that do what the campaign looks for, each with the first damaged file.
const reader = (misbehave) => {
  let whole = true;
  return {
    target: 'x.txt',
    make: () => Buffer.from('a text that is damaged'),
    read() {
      if (!whole) return misbehave();
      whole = false;
      return 'whole';
    },
    check: (value) => (value === 'whole' ? undefined : 'a wrong value'),
  };
};

export const formats = {
  stack: reader(() => {
    throw new TypeError('x is not a function');
  }),
  wrong: reader(() => 'wrong'),
  hang: reader(() => {
    for (;;);
  }),
  memory: reader(() => {
    const all = [];
    for (;;) all.push(Buffer.alloc(2 ** 26, 1));
  }),
  crash: reader(() => process.exit(3)),
};
