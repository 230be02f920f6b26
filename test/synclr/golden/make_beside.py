"""
Writes beside.pkl: what real checkpoints hold beside their weights, pickled by Python itself with protocol 2, as torch.save
does. Names of torch stand in for those of the library, so that only Python is needed.

    python3 test/synclr/golden/make_beside.py
"""

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import io
import pathlib
import pickle
import sys
import types
import uuid

torch = types.ModuleType("torch")
torch._utils = types.ModuleType("torch._utils")
sys.modules |= {"torch": torch, "torch._utils": torch._utils}


class Global:
    """Pickled as a bare name, as torch's dtypes are."""

    def __init__(self, name):
        self.name = name

    def __reduce__(self):
        return self.name


for name in ("float32", "bfloat16", "strided"):
    value = Global(name)
    value.__module__ = "torch"
    setattr(torch, name, value)


class FloatStorage:
    pass


def _rebuild_tensor_v2(*args):
    pass


FloatStorage.__module__, FloatStorage.__qualname__ = "torch", "FloatStorage"
torch.FloatStorage = FloatStorage
_rebuild_tensor_v2.__module__ = "torch._utils"
torch._utils._rebuild_tensor_v2 = _rebuild_tensor_v2


class Tensor:
    def __reduce__(self):
        return _rebuild_tensor_v2, (Storage(), 0, (2,), (1,), False, collections.OrderedDict())


class Storage:
    pass


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        return ("storage", FloatStorage, "0", "cpu", 4) if isinstance(value, Storage) else None


class Mode(enum.Enum):
    TRAIN = 1


@dataclasses.dataclass
class Options:
    width: int
    places: list


class Config(dict):
    """As EasyDict, ConfigDict and others."""


class Steps(list):
    pass


Pair = collections.namedtuple("Pair", "a b")

checkpoint = {
    "scheduler": {"milestones": collections.Counter([30, 30, 60]), "gamma": 0.1},
    "dtype": torch.float32,
    "layout": [torch.strided, torch.bfloat16],
    "when": datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc),
    "took": datetime.timedelta(hours=3),
    "price": decimal.Decimal("1.5"),
    "share": fractions.Fraction(1, 3),
    "id": uuid.UUID(int=7),
    "mode": Mode.TRAIN,
    "options": Options(width=3, places=["sea"]),
    "pair": Pair(1, "b"),
    "steps": Steps([1, 2]),
    "default": collections.defaultdict(list, {"a": [1]}),
    "queue": collections.deque([1, 2], maxlen=3),
    "set": {1, 2},
    "frozen": frozenset("ab"),
    "bytes": b"\x00\xff",
    "array": bytearray(b"ab"),
    "complex": 1 + 2j,
    "range": range(3),
    "type": int,
    "partial": functools.partial(max, 1),
    "path": pathlib.PurePosixPath("a/b"),
    "space": types.SimpleNamespace(a=1),
    "big": 2**300,
    "config": Config(model=Config(weight=Tensor())),
    "model": collections.OrderedDict(weight=Tensor()),
}
out = io.BytesIO()
Pickler(out, 2).dump(checkpoint)
(pathlib.Path(__file__).parent / "beside.pkl").write_bytes(out.getvalue())
