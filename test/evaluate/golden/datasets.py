"""Three small data sets of scikit-learn, and the optimum that its logistic regression finds on them.

    python datasets.py > datasets.json

Iris (Fisher 1936), Wine (Aeberhard & Forina 1991) and the first 400 Digits (Alpaydin & Kaynak 1998) are data sets of the UCI
Machine Learning Repository, licensed CC BY 4.0; scikit-learn (BSD-3-Clause) carries them. Numbers are unchanged, in tenths
for Iris and thousandths for Wine so that they are whole.
"""

import json

import numpy as np
import sklearn
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.linear_model import LogisticRegression

sets = []
for name, load, unit, rows in (("iris", load_iris, 10, 150), ("wine", load_wine, 1000, 178), ("digits", load_digits, 1, 400)):
    data = load()
    whole = np.rint(data.data[:rows] * unit).astype(int)
    raw = (whole / unit).astype(np.float32)
    y = data.target[:rows]
    # Standardised in float64, then rounded to float32: as our code does.
    mean, scale = raw.astype(np.float64).mean(0), raw.astype(np.float64).std(0)
    x = ((raw - mean) / np.where(scale > 0, scale, 1)).astype(np.float32).astype(np.float64)
    n = len(y)
    fits = []
    for lam in (0.1, 3.0, 100.0):
        model = LogisticRegression(C=1 / lam, tol=1e-10, max_iter=100_000).fit(x, y)
        logp = model.predict_log_proba(x)
        loss = -logp[np.arange(n), y].mean() + lam / (2 * n) * (model.coef_**2).sum()
        fits.append({"lambda": lam, "objective": float(loss), "predicted": "".join(map(str, model.predict(x)))})
    sets.append(
        {
            "name": name,
            "unit": unit,
            "width": whole.shape[1],
            "classes": int(y.max()) + 1,
            "features": " ".join(map(str, whole.flatten())),
            "labels": "".join(map(str, y)),
            "fits": fits,
        }
    )
print(json.dumps({"scikit-learn": sklearn.__version__, "sets": sets}))
