/** Okabe & Ito's palette: eight colours that colour-blind readers can tell apart. */
export const okabeIto = {
  black: '#000000',
  orange: '#E69F00',
  skyBlue: '#56B4E9',
  green: '#009E73',
  yellow: '#F0E442',
  blue: '#0072B2',
  vermillion: '#D55E00',
  purple: '#CC79A7',
} as const;

/** The ways to learn: the key of each in configs, commands and folders, its name in tables and figures, its one colour. */
export const METHODS = {
  stablerep: { name: 'StableRep', colour: okabeIto.orange },
  synclr: { name: 'SynCLR', colour: okabeIto.vermillion },
  'stablerep-plus': { name: 'StableRep+', colour: okabeIto.yellow },
  simclr: { name: 'SimCLR', colour: okabeIto.skyBlue },
  supervised: { name: 'supervised', colour: okabeIto.green },
  clip: { name: 'CLIP', colour: okabeIto.blue },
  vicreg: { name: 'VICReg', colour: okabeIto.black },
} as const;

export type MethodKey = keyof typeof METHODS;

/** What they are compared with, without any training. */
export const BASELINES = {
  random: { name: 'random init', colour: '#8A8A8A' },
  pixels: { name: 'raw pixels', colour: '#4D4D4D' },
} as const;
