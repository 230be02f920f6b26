"""Scores from scikit-learn, and 11-point average precision from its precision-recall curve by VOC2007's definition.

    python metrics.py > metrics.json
"""

import json

import numpy as np
import sklearn
from sklearn.metrics import accuracy_score, balanced_accuracy_score, precision_recall_curve

n, k = 200, 7
i, c = np.meshgrid(np.arange(n), np.arange(k), indexing="ij")
scores = np.sin((i + 1.0) * (c + 1.3)) + 0.4 * np.cos(i * 0.7 + c * c)
labels = (np.arange(n) ** 2 + np.arange(n) // 5) % k
relevant = ((i * (c + 2) + i // 3) % 4 == 0).astype(int)
predicted = scores.argmax(1)
points = []
for column in range(k):
    precision, recall, _ = precision_recall_curve(relevant[:, column], scores[:, column])
    # Its last point (precision 1 at recall 0) is a convention for drawing, no point of the ranking.
    precision, recall = precision[:-1], recall[:-1]
    points.append(float(np.mean([precision[recall >= level / 10 - 1e-12].max() for level in range(11)])))
print(
    json.dumps(
        {
            "scikit-learn": sklearn.__version__,
            "count": n,
            "classes": k,
            "accuracy": float(accuracy_score(labels, predicted)),
            "meanPerClass": float(balanced_accuracy_score(labels, predicted)),
            "averagePrecision11": points,
        },
        indent=1,
    )
)
