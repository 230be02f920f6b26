"""Golden numbers of the generator's measures, by scipy's matrix square root and the package prdc.

pip install numpy scipy prdc; python golden.py
"""

import json
from pathlib import Path

import numpy as np
from prdc import compute_prdc
from scipy.linalg import sqrtm

draw = np.random.default_rng(0)
width = 6
mixing = draw.normal(size=(width, width))
real = np.round(draw.normal(size=(40, width)) @ mixing, 5)
generated = np.round(0.8 * draw.normal(size=(36, width)) @ mixing + 0.3, 5)


def frechet(a, b):
    """As pytorch-fid has it."""
    s1, s2 = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = sqrtm(s1 @ s2).real
    return float(np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(s1) + np.trace(s2) - 2 * np.trace(root))


golden = {
    "width": width,
    "real": real.ravel().tolist(),
    "generated": generated.ravel().tolist(),
    "frechet": frechet(real, generated),
    # Fewer rows than columns: a covariance without full rank.
    "frechetOfFew": frechet(real[:5], generated[:4]),
    "overlap": {str(k): compute_prdc(real, generated, nearest_k=k) for k in (1, 3, 5)},
}
Path(__file__).with_name("measures.json").write_text(json.dumps(golden, indent=1) + "\n")
