"""The linear probe in PyTorch: SGD with momentum 0.9, cosine to 0 a step, on given batches and start weights.

    python linearProbe.py > linearProbe.json
"""

import json

import torch

n, d, k, batch, epochs = 48, 6, 3, 16, 5
rates = [0.5, 4.0]
i = torch.arange(n)[:, None]
j = torch.arange(d)[None, :]
x = (torch.sin((i + 1.0) * (j + 1.0)) + 0.5 * j).float()
y = torch.tensor([(r * r + r // 3) % k for r in range(n)])
start = torch.cos(torch.arange(d * k).float()).reshape(d, k)
orders = [[(r * 7 + e * 5) % n for r in range(n)] for e in range(epochs)]
cases = []
for norm in ("none", "batch"):
    for rate in rates:
        linear = torch.nn.Linear(d, k)
        with torch.no_grad():
            linear.weight.copy_(0.01 * start.T)
            linear.bias.zero_()
        bn = torch.nn.BatchNorm1d(d, affine=False, eps=1e-6)
        model = torch.nn.Sequential(bn, linear) if norm == "batch" else linear
        peak = rate * batch / 256
        optimiser = torch.optim.SGD(linear.parameters(), lr=peak, momentum=0.9)
        steps = n // batch
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * steps)
        model.train()
        for order in orders:
            for s in range(steps):
                rows = order[s * batch : (s + 1) * batch]
                optimiser.zero_grad()
                torch.nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
                optimiser.step()
                schedule.step()
        model.eval()
        with torch.no_grad():
            logits = model(x)
        cases.append(
            {
                "norm": norm,
                "rate": rate,
                "logits": [round(v, 7) for v in logits.flatten().tolist()],
                "accuracy": (logits.argmax(1) == y).float().mean().item(),
            }
        )
print(
    json.dumps(
        {
            "torch": torch.__version__,
            **{"count": n, "width": d, "classes": k, "batch": batch, "epochs": epochs, "rates": rates},
            "cases": cases,
        },
    )
)
