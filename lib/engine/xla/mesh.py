"""The devices of this process and of all processes of a job, in one row over which XLA spreads a training step."""

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

SMALL = 1 << 14
joined = False


def join(hosts):
    """Joins the other processes of a job, once and before anything is computed. `hosts`: nothing, for this process alone;
    `auto`, where Slurm or Open MPI say who there is; or `i/n@address:port`, where process 0 listens."""
    global joined
    if joined or not hosts:
        return
    joined = True
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.config.update("jax_enable_preemption_service", False)  # it would hear SIGTERM
    every_device = []  # of this machine; left out, JAX takes one a process
    if hosts == "auto":
        jax.distributed.initialize(local_device_ids=every_device)
        return
    number, address = hosts.split("@")
    index, count = number.split("/")
    jax.distributed.initialize(address, int(count), int(index), local_device_ids=every_device)


def sharding(*axes):
    return NamedSharding(Mesh(jax.devices(), ("devices",)), PartitionSpec(*axes))


def everywhere():
    return sharding()


def by_rows():
    return sharding("devices")


def shared_out(shape):
    """A part of a large tensor on each device: along its first axis that divides, else all of it on each."""
    count = jax.device_count()
    axis = next((i for i, n in enumerate(shape) if n % count == 0), None)
    if axis is None or np.prod(shape) < SMALL:
        return everywhere()
    return sharding(*[None] * axis, "devices")


def place_of(name, shape, shared):
    return shared_out(shape) if name in shared else everywhere()


def place(value, where):
    """A tensor that every process holds whole."""
    return jax.make_array_from_callback(value.shape, where, lambda index: value[index])


def place_rows(value, views):
    """Rows of which each process holds its own: [views · rows of this process, …] -> [views, rows of all, …]."""
    own = value.reshape(views, -1, *value.shape[1:])
    rows = own.shape[1] * jax.process_count()
    return jax.make_array_from_process_local_data(sharding(None, "devices"), own, (views, rows, *own.shape[2:]))


def whole(value):
    """A tensor of the mesh as every process gets it. All processes have to ask."""
    return np.asarray(value if value.is_fully_replicated else multihost_utils.process_allgather(value, tiled=True))


def numbers_of_all(number):
    return multihost_utils.process_allgather(np.int32(number)).reshape(-1).tolist()
