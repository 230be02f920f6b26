"""Runs ONNX graphs with JAX, for the device `xla` of the engine (lib/engine/xla).

A graph is translated into one function of jax.numpy (operators.py) and compiled by XLA; the state of a training step stays
on the device, or on all devices of a job (mesh.py): the program is the same, XLA's partitioner spreads it.

Requests come in on standard input, one answer to each goes out on standard output: a frame is the length of a JSON header
(uint32, little endian), the header, and the bytes of the tensors that its `tensors` lists, in order. Whatever Python
prints goes to standard error. Needs jax, onnx and numpy.
"""

import json
import os
import signal
import struct
import traceback

# Schedulers send their warnings to every process of a job; what they mean is decided by the program that started us. This
# one ends when its standard input does.
for name in ("SIGINT", "SIGTERM", "SIGUSR1"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.SIG_IGN)

requests = os.fdopen(os.dup(0), "rb", buffering=1 << 20)
answers = os.fdopen(os.dup(1), "wb", buffering=1 << 20)
os.dup2(2, 1)

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import onnx  # noqa: E402
import mesh  # noqa: E402
from operators import ELEMENT, OPERATORS, products_in  # noqa: E402

# ------------------------------------------------------------------------------------------------- graphs

LARGE = 1024


class Graph:
    """An ONNX model as a compiled function of (weights, feeds).

    `spread`: how it runs on the mesh, else it runs on one device. `rows`: the inputs whose rows are spread, and in how many
    views they come; `shared`: the tensors of the state of which each device keeps a part. `products`: the precision of
    matrix products.
    """

    def __init__(self, model, external, spread=None, products="float32"):
        proto = onnx.load_model_from_string(bytes(model))
        graph = proto.graph
        constants = {tensor.name: constant_array(tensor, external) for tensor in graph.initializer}
        self.nodes = [
            (node, OPERATORS.get(key), {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute})
            for node in graph.node
            for key in [f"{node.domain}.{node.op_type}" if node.domain not in ("", "ai.onnx") else node.op_type]
        ]
        unknown = sorted({f"{n.domain}.{n.op_type}".lstrip(".") for n, operator, _ in self.nodes if operator is None})
        if unknown:
            raise NotImplementedError(f"operators that operators.py does not know: {', '.join(unknown)}")
        self.spread, self.products = spread, products
        self.rows = spread["rows"] if spread else {}
        self.weights = {
            name: jax.device_put(value) if spread is None else mesh.place(value, mesh.everywhere())
            for name, value in constants.items()
            if value.size > LARGE and (value.dtype.kind == "f" or value.dtype.itemsize == 1)
        }
        self.known = {name: value for name, value in constants.items() if name not in self.weights}
        self.inputs = [port(v) for v in graph.input if v.name not in constants]
        self.outputs = [port(v) for v in graph.output]
        self.call = jax.jit(self.trace, out_shardings=spread and self.places(spread["shared"]))

    def places(self, shared):
        """Where the outputs go; only the next state has tensors that are shared out."""
        return {p["name"]: mesh.place_of(p["name"].removeprefix("next."), p["shape"], shared) for p in self.outputs}

    def place(self, name, value):
        if self.spread is None:
            return value
        return mesh.place_rows(value, self.rows[name]) if name in self.rows else mesh.place(value, mesh.everywhere())

    def trace(self, weights, feeds):
        with products_in(self.products):
            return self.compute(weights, {name: self.in_one_row(name, value) for name, value in feeds.items()})

    def in_one_row(self, name, value):
        """[views, rows, …] -> [views · rows, …], as the graph has them."""
        if name not in self.rows:
            return value
        return jax.lax.with_sharding_constraint(value.reshape(-1, *value.shape[2:]), mesh.by_rows())

    def compute(self, weights, feeds):
        values = {"": None, **self.known, **weights, **feeds}
        for node, operator, attributes in self.nodes:
            results = operator(attributes, *(values[name] for name in node.input))
            results = results if isinstance(results, tuple) else (results,)
            values.update(zip(node.output, results))
        element = {p["name"]: p["dtype"] for p in self.outputs}
        return {name: jnp.asarray(values[name]).astype(on_device(dtype)) for name, dtype in element.items()}


def on_device(dtype):
    """JAX has 32-bit integers."""
    return {"int64": "int32"}.get(dtype, dtype)


def constant_array(tensor, external):
    if tensor.data_location != onnx.TensorProto.EXTERNAL:
        return onnx.numpy_helper.to_array(tensor)
    where = {entry.key: entry.value for entry in tensor.external_data}
    data = external[where["location"]]
    start = int(where.get("offset", 0))
    count = int(np.prod(tensor.dims))
    return np.frombuffer(data, ELEMENT[tensor.data_type], count, start).reshape(tensor.dims)


def port(value):
    kind = value.type.tensor_type
    shape = [d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else None for d in kind.shape.dim]
    return {"name": value.name, "dtype": np.dtype(ELEMENT[kind.elem_type]).name, "shape": shape}


# ------------------------------------------------------------------------------------------------ requests

graphs = {}
states = {}


def open_graph(header, tensors):
    graphs[header["graph"]] = graph = Graph(
        tensors.pop("model"), tensors, header.get("spread"), header.get("products", "float32")
    )
    return {"inputs": graph.inputs, "outputs": graph.outputs}, {}


def run(header, tensors):
    """Feeds are the tensors and, for a training step, its state; what comes next waits for `keep`."""
    graph = graphs[header["graph"]]
    state = states.get(header.get("state"))
    declared = {p["name"]: on_device(p["dtype"]) for p in graph.inputs}
    feeds = {
        name: graph.place(name, value.astype(declared.get(name, value.dtype), copy=False)) for name, value in tensors.items()
    }
    if state is not None:
        feeds.update({f"state.{name}": value for name, value in state["now"].items()})
    results = graph.call(graph.weights, feeds)
    if state is not None:
        state["next"] = {name[5:]: value for name, value in results.items() if name.startswith("next.")}
        results = {name: value for name, value in results.items() if not name.startswith("next.")}
    return {}, {name: np.asarray(value.astype("float32") if value.dtype == "float16" else value) for name, value in results.items()}


def keep(header, _):
    state = states[header["state"]]
    state["now"] = state.pop("next")
    return {}, {}


def set_state(header, tensors):
    """Of a step that is spread, every process gives the whole state, and keeps its part of it."""
    spread = header.get("spread")

    def place(name, value):
        if spread is None:
            return jax.device_put(value)
        return mesh.place(value, mesh.place_of(name, value.shape, spread["shared"]))

    states[header["state"]] = {"now": {name: place(name, value.copy()) for name, value in tensors.items()}}
    return {}, {}


def read_state(header, _):
    """The tensors named, whole: of a step that is spread, all processes have to ask."""
    now = states[header["state"]]["now"]
    return {}, {name: mesh.whole(now[name]) for name in header["names"]}


def release(header, _):
    for name in header.get("graphs", []):
        graphs.pop(name, None)
    states.pop(header.get("state"), None)
    return {}, {}


def hello(header, _):
    mesh.join(header.get("hosts"))
    device = jax.devices()[0]
    return {
        "platform": device.platform,
        "device": device.device_kind,
        "jax": jax.__version__,
        "process": jax.process_index(),
        "processes": jax.process_count(),
        "devices": jax.device_count(),
    }, {}


def gather(header, _):
    """A number of every process. All have to ask."""
    return {"numbers": mesh.numbers_of_all(header["number"])}, {}


HANDLERS = {f.__name__: f for f in (open_graph, run, keep, set_state, read_state, release, hello, gather)}


def read_frame():
    size = requests.read(4)
    if len(size) < 4:
        return None
    header = json.loads(requests.read(struct.unpack("<I", size)[0]))
    tensors = {}
    for spec in header.get("tensors", []):
        data = requests.read(spec["bytes"])
        dtype = spec.get("dtype")
        tensors[spec["name"]] = np.frombuffer(data, dtype).reshape(spec["shape"]) if dtype else data
    return header, tensors


def write_frame(header, tensors):
    arrays = {name: value if value.dtype == np.float32 else value.astype(np.int32) for name, value in tensors.items()}
    header["tensors"] = [
        {"name": name, "dtype": value.dtype.name, "shape": list(value.shape), "bytes": value.nbytes}
        for name, value in arrays.items()
    ]
    encoded = json.dumps(header).encode()
    answers.write(struct.pack("<I", len(encoded)))
    answers.write(encoded)
    for value in arrays.values():
        answers.write(value.tobytes())
    answers.flush()


def main():
    while (frame := read_frame()) is not None:
        header, tensors = frame
        try:
            write_frame(*HANDLERS[header["call"]](header, tensors))
        except Exception as error:  # told to the caller, who knows which step it was
            traceback.print_exc()
            write_frame({"error": f"{type(error).__name__}: {str(error)[:2000]}"}, {})


main()
