"""ONNX operators as functions of jax.numpy: (attributes, *inputs) -> an output, or a tuple of them."""

import contextlib
import contextvars

import jax
import jax.numpy as jnp
import numpy as np
import onnx
from jax import lax

ELEMENT = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64, 9: np.bool_, 10: np.float16, 11: np.float64}

def library(*values):
    """numpy for what is known while compiling (shapes, axes), so that it stays known; jax.numpy for the rest."""
    known = all(v is None or isinstance(v, np.ndarray) for v in values)
    return np if known else jnp


def ints(value):
    """A list that has to be known while compiling: a shape, axes, pads."""
    return [int(n) for n in np.asarray(value).reshape(-1)]


ROUNDED = contextvars.ContextVar("ROUNDED", default=False)


@contextlib.contextmanager
def products_in(precision):
    """Matrix products traced inside are of factors rounded to `bfloat16`, summed in float32; or all in `float32`."""
    token = ROUNDED.set(precision == "bfloat16")
    try:
        yield
    finally:
        ROUNDED.reset(token)


def product(of, *factors, **how):
    if ROUNDED.get() and all(f.dtype == np.float32 for f in factors):
        factors = [jnp.asarray(f).astype(jnp.bfloat16) for f in factors]
        how["preferred_element_type"] = jnp.float32
    return of(*factors, **how)


def unary(name, of=None):
    def run(_, x):
        return (of or getattr(library(x), name))(x)

    return run


def binary(name):
    return lambda _, a, b: getattr(library(a, b), name)(a, b)


def variadic(name):
    def run(_, *xs):
        out = xs[0]
        for x in xs[1:]:
            out = getattr(library(out, x), name)(out, x)
        return out

    return run


def reduce(name):
    def run(attributes, x, axes=None):
        axes = attributes.get("axes") if axes is None else ints(axes)
        if not axes and attributes.get("noop_with_empty_axes"):
            return x
        axis = tuple(axes) if axes else None
        return getattr(library(x), name)(x, axis=axis, keepdims=bool(attributes.get("keepdims", 1)))

    return run


def divide(_, a, b):
    xp = library(a, b)
    if jnp.issubdtype(a.dtype, jnp.integer):  # towards zero
        return (xp.sign(a) * xp.sign(b) * (abs(a) // abs(b))).astype(a.dtype)
    return xp.divide(a, b)


def power(_, a, b):
    return library(a, b).power(a, b).astype(a.dtype)


def modulo(attributes, a, b):
    xp = library(a, b)
    return xp.fmod(a, b) if attributes.get("fmod") else xp.mod(a, b)


def matmul(_, a, b):
    return np.matmul(a, b) if library(a, b) is np else product(jnp.matmul, a, b)


def fused_matmul(attributes, a, b):
    if attributes.get("transBatchA") or attributes.get("transBatchB"):
        raise NotImplementedError("FusedMatMul with transBatchA or transBatchB")
    if attributes.get("transA"):
        a = jnp.swapaxes(a, -1, -2)
    if attributes.get("transB"):
        b = jnp.swapaxes(b, -1, -2)
    out = product(jnp.matmul, a, b)
    alpha = attributes.get("alpha", 1.0)
    return out if alpha == 1 else out * np.asarray(alpha, out.dtype)


def gemm(attributes, a, b, c=None):
    a = a.T if attributes.get("transA") else a
    b = b.T if attributes.get("transB") else b
    out = attributes.get("alpha", 1.0) * product(jnp.matmul, a, b)
    return out if c is None else out + attributes.get("beta", 1.0) * c


def quantize(_, x, scale, zero=None):
    """To 8 bits, for a whole tensor: round(x / scale) + zero, half to even."""
    zero = np.uint8(0) if zero is None else zero
    limits = jnp.iinfo(zero.dtype)
    return jnp.clip(jnp.round(x / scale) + zero, limits.min, limits.max).astype(zero.dtype)


def matmul_integer_to_float(_, a, b, a_scale, b_scale, a_zero=None, b_zero=None, bias=None):
    """A product of 8-bit matrices, in floats: exact up to 2^24, and what a GPU is fast at."""
    centre = lambda x, zero: x.astype(jnp.float32) - (0 if zero is None else zero.astype(jnp.float32))  # noqa: E731
    out = jnp.matmul(centre(a, a_zero), centre(b, b_zero)) * (a_scale * b_scale)
    return out if bias is None else out + bias


def layer_normalization(attributes, x, scale, bias=None):
    axis = attributes.get("axis", -1)
    axes = tuple(range(axis % x.ndim, x.ndim))
    mean = x.mean(axes, keepdims=True)
    centred = x - mean
    inverse = lax.rsqrt((centred * centred).mean(axes, keepdims=True) + attributes.get("epsilon", 1e-5))
    out = centred * inverse * scale
    return (out if bias is None else out + bias), mean, inverse


def batch_normalization(attributes, x, scale, bias, mean, variance):
    shape = [1, -1] + [1] * (x.ndim - 2)
    factor = scale * lax.rsqrt(variance + attributes.get("epsilon", 1e-5))
    return x * factor.reshape(shape) + (bias - mean * factor).reshape(shape)


def split(attributes, x, sizes=None):
    axis = attributes.get("axis", 0)
    if sizes is None:
        return tuple(jnp.array_split(x, attributes["num_outputs"], axis))
    return tuple(library(x).split(x, np.cumsum(ints(sizes))[:-1], axis))


def slice_(_, x, starts, ends, axes=None, steps=None):
    starts, ends = ints(starts), ints(ends)
    axes = ints(axes) if axes is not None else list(range(len(starts)))
    steps = ints(steps) if steps is not None else [1] * len(starts)
    index = [slice(None)] * x.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps):
        size = x.shape[axis]
        if step < 0:  # an end below −size means: to the beginning
            end = None if end < -size else end
            start = min(start, size - 1)
        index[axis] = slice(start, end, step)
    return x[tuple(index)]


def reshape(attributes, x, shape):
    shape = ints(shape)
    if not attributes.get("allowzero"):
        shape = [x.shape[i] if n == 0 else n for i, n in enumerate(shape)]
    return library(x).reshape(x, shape)


def expand(_, x, shape):
    shape = np.broadcast_shapes(x.shape, tuple(ints(shape)))
    return library(x).broadcast_to(x, shape)


def squeeze(attributes, x, axes=None):
    axes = attributes.get("axes") if axes is None else ints(axes)
    return library(x).squeeze(x, tuple(axes) if axes else None)


def unsqueeze(attributes, x, axes=None):
    return library(x).expand_dims(x, tuple(attributes["axes"] if axes is None else ints(axes)))


def gather(attributes, x, index):
    return library(x, index).take(x, index, axis=attributes.get("axis", 0), **({} if library(x, index) is np else {"mode": "wrap"}))


def gather_nd(attributes, x, index):
    if attributes.get("batch_dims"):
        raise NotImplementedError("GatherND with batch_dims")
    return jnp.asarray(x)[tuple(jnp.moveaxis(index, -1, 0))]


def scatter_elements(attributes, x, index, updates):
    axis = attributes.get("axis", 0) % x.ndim
    grid = list(jnp.meshgrid(*(jnp.arange(n) for n in index.shape), indexing="ij"))
    grid[axis] = jnp.where(index < 0, index + x.shape[axis], index)
    at = jnp.asarray(x).at[tuple(grid)]
    return {"none": at.set, "add": at.add, "mul": at.multiply, "max": at.max, "min": at.min}[
        text(attributes.get("reduction", "none"))
    ](updates)


def scatter_nd(attributes, x, index, updates):
    at = jnp.asarray(x).at[tuple(jnp.moveaxis(index, -1, 0))]
    return {"none": at.set, "add": at.add, "mul": at.multiply, "max": at.max, "min": at.min}[
        text(attributes.get("reduction", "none"))
    ](updates)


def pad(attributes, x, pads, value=None, axes=None):
    pads = ints(pads)
    axes = ints(axes) if axes is not None else list(range(x.ndim))
    widths = [(0, 0)] * x.ndim
    for i, axis in enumerate(axes):
        widths[axis] = (pads[i], pads[i + len(axes)])
    mode = text(attributes.get("mode", "constant"))
    if mode == "constant":
        return lax.pad(x, jnp.asarray(0 if value is None else value, x.dtype).reshape(()), [(a, b, 0) for a, b in widths])
    return jnp.pad(x, widths, mode={"reflect": "reflect", "edge": "edge", "wrap": "wrap"}[mode])


def windows(attributes, x, kernel):
    """Strides, dilations and padding of a sliding window over the axes after the first two."""
    rank = x.ndim - 2
    strides = attributes.get("strides") or [1] * rank
    dilations = attributes.get("dilations") or [1] * rank
    how = text(attributes.get("auto_pad", "NOTSET"))
    if how in ("SAME_UPPER", "SAME_LOWER"):
        padding = []
        for size, k, stride, dilation in zip(x.shape[2:], kernel, strides, dilations):
            total = max(0, (-(-size // stride) - 1) * stride + (k - 1) * dilation + 1 - size)
            small = total // 2
            padding.append((small, total - small) if how == "SAME_UPPER" else (total - small, small))
        return strides, dilations, padding
    pads = attributes.get("pads") or [0] * (2 * rank)
    return strides, dilations, list(zip(pads[:rank], pads[rank:]))


def conv(attributes, x, w, bias=None):
    strides, dilations, padding = windows(attributes, x, w.shape[2:])
    spatial = "DHW"[-(x.ndim - 2) :]
    out = product(
        lax.conv_general_dilated,
        x,
        w,
        window_strides=strides,
        padding=padding,
        rhs_dilation=dilations,
        dimension_numbers=("NC" + spatial, "OI" + spatial, "NC" + spatial),
        feature_group_count=attributes.get("group", 1),
    )
    return out if bias is None else out + bias.reshape([1, -1] + [1] * (x.ndim - 2))


def conv_transpose(attributes, x, w, bias=None):
    """The gradient of a convolution with respect to its input: stride becomes dilation, the kernel is turned round."""
    rank, groups = x.ndim - 2, attributes.get("group", 1)
    strides, dilations, padding = windows(attributes, x, w.shape[2:])
    extra = attributes.get("output_padding") or [0] * rank
    if attributes.get("output_shape") or text(attributes.get("auto_pad", "NOTSET")) != "NOTSET":
        raise NotImplementedError("ConvTranspose with output_shape or auto_pad")
    inputs, per_group = w.shape[0], w.shape[1]
    w = jnp.flip(w, tuple(range(2, w.ndim))).reshape((groups, inputs // groups, per_group) + w.shape[2:])
    w = jnp.swapaxes(w, 1, 2).reshape((groups * per_group, inputs // groups) + w.shape[3:])
    reach = [(k - 1) * d for k, d in zip(w.shape[2:], dilations)]
    spatial = "DHW"[-rank:]
    out = product(
        lax.conv_general_dilated,
        x,
        w,
        window_strides=[1] * rank,
        padding=[(r - a, r - b + e) for r, (a, b), e in zip(reach, padding, extra)],
        lhs_dilation=strides,
        rhs_dilation=dilations,
        dimension_numbers=("NC" + spatial, "OI" + spatial, "NC" + spatial),
        feature_group_count=groups,
    )
    return out if bias is None else out + bias.reshape([1, -1] + [1] * rank)


def pool(attributes, xs, starts, combine):
    x = xs[0]
    kernel = attributes["kernel_shape"]
    strides, dilations, padding = windows(attributes, x, kernel)
    if attributes.get("ceil_mode"):
        raise NotImplementedError("pooling with ceil_mode")
    return lax.reduce_window(
        xs, starts, combine, (1, 1, *kernel), (1, 1, *strides), [(0, 0), (0, 0), *padding], window_dilation=(1, 1, *dilations)
    )


def max_pool(attributes, x):
    """The largest of each window, and its place in the whole tensor: the first of several."""
    places = jnp.arange(x.size, dtype=jnp.int32).reshape(x.shape)

    def larger(a, b):
        first = (a[0] > b[0]) | ((a[0] == b[0]) & (a[1] < b[1]))
        return jnp.where(first, a[0], b[0]), jnp.where(first, a[1], b[1])

    return pool(attributes, (x, places), (np.array(-np.inf, x.dtype), np.int32(x.size)), larger)


def average_pool(attributes, x):
    zero = (np.array(0, x.dtype),)
    add = lambda a, b: (a[0] + b[0],)  # noqa: E731
    (total,) = pool(attributes, (x,), zero, add)
    if attributes.get("count_include_pad"):
        return total / np.prod(attributes["kernel_shape"])
    return total / pool(attributes, (jnp.ones_like(x),), zero, add)[0]


def top_k(attributes, x, k):
    axis = attributes.get("axis", -1)
    moved = jnp.moveaxis(x, axis, -1)
    order = jnp.argsort(-moved if attributes.get("largest", 1) else moved, axis=-1, stable=True)[..., : ints(k)[0]]
    values = jnp.take_along_axis(moved, order, axis=-1)
    return jnp.moveaxis(values, -1, axis), jnp.moveaxis(order, -1, axis)


def arg(name):
    def run(attributes, x):
        axis, last = attributes.get("axis", 0), attributes.get("select_last_index")
        if last:
            raise NotImplementedError(f"{name} with select_last_index")
        return getattr(jnp, name)(x, axis=axis, keepdims=bool(attributes.get("keepdims", 1)))

    return run


def cumulative_sum(attributes, x, axis):
    axis = ints(axis)[0]
    x = jnp.flip(x, axis) if attributes.get("reverse") else x
    out = jnp.cumsum(x, axis).astype(x.dtype)
    out = out - x if attributes.get("exclusive") else out
    return jnp.flip(out, axis) if attributes.get("reverse") else out


def one_hot(attributes, index, depth, values):
    axis = attributes.get("axis", -1)
    hot = jax.nn.one_hot(jnp.mod(index, ints(depth)[0]), ints(depth)[0], axis=axis, dtype=bool)
    return jnp.where(hot, values[1], values[0])


def gelu(attributes, x):
    return jax.nn.gelu(x, approximate=text(attributes.get("approximate", "none")) == "tanh")


def clip(_, x, low=None, high=None):
    return library(x, low, high).clip(x, low, high)


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def constant(attributes):
    for kind in ("value", "value_float", "value_int", "value_floats", "value_ints"):
        if kind in attributes:
            value = attributes[kind]
            return onnx.numpy_helper.to_array(value) if kind == "value" else np.asarray(value)
    raise NotImplementedError("Constant of this kind")


def constant_of_shape(attributes, shape):
    value = attributes.get("value")
    fill = np.zeros(1, np.float32) if value is None else onnx.numpy_helper.to_array(value)
    return np.full(ints(shape), fill[0], fill.dtype)


def cast(attributes, x):
    return x.astype(ELEMENT[attributes["to"]] if library(x) is np else jnp.dtype(ELEMENT[attributes["to"]]))


OPERATORS = {
    **{op: unary(op.lower()) for op in ("Abs", "Ceil", "Cos", "Cosh", "Exp", "Floor", "Log", "Sign", "Sin", "Sinh", "Sqrt", "Tan", "Tanh")},
    **{op: unary("arc" + op.lower()[1:]) for op in ("Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh")},
    "Neg": unary("negative"),
    "Not": unary("logical_not"),
    "IsInf": unary("isinf"),
    "IsNaN": unary("isnan"),
    "Round": unary("round"),
    "Reciprocal": lambda _, x: 1 / x,
    "Identity": lambda _, x: x,
    "Erf": unary("", jax.scipy.special.erf),
    "Relu": unary("", jax.nn.relu),
    "Sigmoid": unary("", jax.nn.sigmoid),
    "Softplus": unary("", jax.nn.softplus),
    "Softsign": unary("", jax.nn.soft_sign),
    "Gelu": gelu,
    "Elu": lambda a, x: jax.nn.elu(x, a.get("alpha", 1.0)),
    "Selu": lambda a, x: a.get("gamma", 1.0507009873554805)
    * jnp.where(x > 0, x, a.get("alpha", 1.6732632423543772) * jnp.expm1(jnp.minimum(x, 0))),
    "LeakyRelu": lambda a, x: jax.nn.leaky_relu(x, a.get("alpha", 0.01)),
    "PRelu": lambda _, x, slope: jnp.where(x < 0, slope * x, x),
    "Add": binary("add"),
    "Sub": binary("subtract"),
    "Mul": binary("multiply"),
    "Div": divide,
    "Pow": power,
    "Mod": modulo,
    "BitwiseAnd": binary("bitwise_and"),
    "And": binary("logical_and"),
    "Or": binary("logical_or"),
    "Equal": binary("equal"),
    "Greater": binary("greater"),
    "GreaterOrEqual": binary("greater_equal"),
    "Less": binary("less"),
    "LessOrEqual": binary("less_equal"),
    "Max": variadic("maximum"),
    "Min": variadic("minimum"),
    "Sum": variadic("add"),
    "Where": lambda _, c, a, b: library(c, a, b).where(c, a, b),
    "Clip": clip,
    "Cast": cast,
    "MatMul": matmul,
    "com.microsoft.FusedMatMul": fused_matmul,
    "Gemm": gemm,
    "QuantizeLinear": quantize,
    "com.microsoft.MatMulIntegerToFloat": matmul_integer_to_float,
    "Einsum": lambda a, *xs: product(lambda *factors, **how: jnp.einsum(text(a["equation"]), *factors, **how), *xs),
    "Softmax": lambda a, x: jax.nn.softmax(x, axis=a.get("axis", -1)),
    "LogSoftmax": lambda a, x: jax.nn.log_softmax(x, axis=a.get("axis", -1)),
    "LayerNormalization": layer_normalization,
    "BatchNormalization": batch_normalization,
    "ReduceSum": reduce("sum"),
    "ReduceMean": reduce("mean"),
    "ReduceMax": reduce("max"),
    "ReduceMin": reduce("min"),
    "ReduceProd": reduce("prod"),
    "ArgMax": arg("argmax"),
    "ArgMin": arg("argmin"),
    "CumSum": cumulative_sum,
    "TopK": top_k,
    "Reshape": reshape,
    "Transpose": lambda a, x: library(x).transpose(x, a.get("perm")),
    "Expand": expand,
    "Tile": lambda _, x, repeats: library(x).tile(x, ints(repeats)),
    "Concat": lambda a, *xs: library(*xs).concatenate(xs, axis=a["axis"]),
    "Split": split,
    "Slice": slice_,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Flatten": lambda a, x: x.reshape(int(np.prod(x.shape[: a.get("axis", 1)])), -1),
    "Shape": lambda _, x: np.array(x.shape, np.int64),
    "Gather": gather,
    "GatherND": gather_nd,
    "ScatterElements": scatter_elements,
    "ScatterND": scatter_nd,
    "Pad": pad,
    "OneHot": one_hot,
    "Range": lambda _, start, end, step: np.arange(start.item(), end.item(), step.item(), dtype=start.dtype),
    "Constant": lambda a: constant(a),
    "ConstantOfShape": constant_of_shape,
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "MaxPool": max_pool,
    "AveragePool": average_pool,
}
