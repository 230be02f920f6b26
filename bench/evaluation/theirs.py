"""scikit-learn's side of run.mjs: one line of JSON in, one fit, one line of JSON out.

    python theirs.py features.bin labels.bin COUNT WIDTH CLASSES
"""

import json
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

features, labels = sys.argv[1:3]
n, d, k = map(int, sys.argv[3:6])
x32 = np.fromfile(features, "<f4").reshape(n, d)
y = np.fromfile(labels, "<i4")
x64 = x32.astype(np.float64)
warnings.filterwarnings("ignore")


def quality(weight, bias, lam):
    """Objective and largest entry of its gradient, in float64. weight: [k, d]."""
    z = x64 @ weight.T + bias
    z -= z.max(1, keepdims=True)
    p = np.exp(z)
    total = p.sum(1, keepdims=True)
    loss = (np.log(total[:, 0]) - z[np.arange(n), y]).mean() + lam / (2 * n) * (weight**2).sum()
    p /= total
    p[np.arange(n), y] -= 1
    gradient = p.T @ x64 / n + lam / n * weight
    return float(loss), float(max(np.abs(gradient).max(), np.abs(p.mean(0)).max()))


print(json.dumps({"ready": True, "scikit-learn": sklearn.__version__, "numpy": np.__version__}), flush=True)
for line in sys.stdin:
    ask = json.loads(line)
    x = x32 if ask["dtype"] == "float32" else x64
    model = LogisticRegression(C=1 / ask["lambda"], tol=ask["tolerance"], max_iter=10_000)
    before, cpu = time.perf_counter(), time.process_time()
    model.fit(x, y)
    seconds, cpu_seconds = time.perf_counter() - before, time.process_time() - cpu
    loss, gradient = quality(model.coef_.astype(np.float64), model.intercept_.astype(np.float64), ask["lambda"])
    print(
        json.dumps(
            {
                "seconds": seconds,
                "cpuSeconds": cpu_seconds,
                "objective": loss,
                "gradient": gradient,
                "iterations": int(model.n_iter_[0]),
                "predicted": model.predict(x).tolist(),
            }
        ),
        flush=True,
    )
