"""Where this process runs, and what a person can do there when a layer is missing."""

from __future__ import annotations

import os
import sys

from grader.sandbox.confine import Layer
from grader.sandbox.syscalls import ARCHITECTURES, here

_ANYWHERE = f"grade on Linux ({' or '.join(ARCHITECTURES)}); a container or virtual machine with it will do"

_REMEDIES = {
    Layer.SECCOMP: "use a kernel with CONFIG_SECCOMP_FILTER, and a container runtime that allows filters",
    Layer.LANDLOCK: "use Linux 5.13 or newer with landlock among `lsm=` of the kernel's command line, "
    "and a container runtime that lets it through; level B is sealed without it",
    Layer.NETWORK: "allow user namespaces (sysctl user.max_user_namespaces; on Ubuntu also "
    "kernel.apparmor_restrict_unprivileged_userns=0); level B is sealed without it",
    Layer.USER: "run as an ordinary user, or give this container the ids up to 65534",
}


def remedy(layer: Layer) -> str:
    """What to do where a layer does not hold."""
    if here() is None:
        return _ANYWHERE
    return _REMEDIES[layer]


def container() -> str:
    """What tells that this is a container, or "" where nothing does."""
    if sys.platform != "linux":
        return ""
    for sign in ("/.dockerenv", "/run/.containerenv", "/run/systemd/container"):
        if os.path.exists(sign):
            return sign
    if "KUBERNETES_SERVICE_HOST" in os.environ:
        return "KUBERNETES_SERVICE_HOST"
    try:
        with open("/proc/1/cgroup", encoding="utf-8", errors="replace") as file:
            text = file.read(65536)
    except OSError:
        return ""
    return next((sign for sign in ("docker", "containerd", "kubepods", "lxc", "libpod") if sign in text), "")
