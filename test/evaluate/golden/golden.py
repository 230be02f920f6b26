"""Golden numbers for logistic regression from scikit-learn, on data made by formulas.

    python golden.py > logisticRegression.json
"""

import json

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

n, d, k = 60, 5, 4
i, j = np.meshgrid(np.arange(n), np.arange(d), indexing="ij")
x = np.sin((i + 1) * (j + 1))
y = np.array([(r * r + r // 3) % k for r in range(n)])

cases = []
for lam in (0.1, 1.0, 30.0):
    model = LogisticRegression(C=1 / lam, tol=1e-12, max_iter=10_000).fit(x, y)
    p = model.predict_proba(x)
    loss = -np.log(p[np.arange(n), y]).mean() + lam / (2 * n) * (model.coef_**2).sum()
    cases.append(
        {
            "lambda": lam,
            "objective": round(float(loss), 9),
            "weight": np.round(model.coef_.T, 6).tolist(),
            "bias": np.round(model.intercept_, 6).tolist(),
            "firstRow": np.round(p[0], 6).tolist(),
            "accuracy": float((model.predict(x) == y).mean()),
        }
    )
print(json.dumps({"scikit-learn": sklearn.__version__, "count": n, "width": d, "classes": k, "cases": cases}, indent=1))
