"""Child processes that never outlive their parent, and how to tell one's own process from a stranger with the same number."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class ProcessFailedError(RuntimeError):
    """A program ended or stayed silent where it should have become ready; the text says which and quotes its log."""


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    on_parent_death: int = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a program in its own session, its output appended to `log`; the kernel sends it `on_parent_death` when we die.

    Call it from the main thread: Linux watches the thread that forked, not the process. Elsewhere than on Linux a child
    may outlive a killed parent; the next start finds it by its pid file and stops it.
    """

    def die_with_parent() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, on_parent_death)

    with log.open("ab") as output:
        return subprocess.Popen(
            [os.fspath(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,  # Ctrl-C in the terminal is ours to pass on, in order
            preexec_fn=die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one prctl, and our launchers have one thread
        )


def stop(process: subprocess.Popen[bytes], *, with_signal: int = signal.SIGTERM, within_seconds: float = 20) -> int:
    """Ask a child to end, kill it and its own children after `within_seconds`; its exit code."""
    if process.poll() is None:
        process.send_signal(with_signal)
    try:
        code = process.wait(within_seconds)
    except subprocess.TimeoutExpired:
        code = None
    kill_family(process)
    return process.wait() if code is None else code


def kill_family(process: subprocess.Popen[bytes]) -> None:
    """Kill what a child left running in its session, for example the pool of a killed worker."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def is_running(pid: int, *, program: str, directory: Path) -> bool:
    """Whether `pid` is a live process of `program` working in `directory`; a zombie or a reused number is not."""
    try:
        executable = Path(f"/proc/{pid}/exe").readlink()
        return executable.name.removesuffix(" (deleted)") == program and Path(f"/proc/{pid}/cwd").resolve() == directory.resolve()
    except OSError:
        return False


def end_strays(name: str, value: str) -> None:
    """Kill the processes of this user that carry `name=value` in their environment: what a killed runner's killed children left."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_stray = f"{name}={value}".encode() in (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if is_stray and int(folder.name) != os.getpid():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(folder.name), signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Whether any process has this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def wait_until(
    ready: Callable[[], bool],
    *,
    what: str,
    process: subprocess.Popen[bytes] | None = None,
    log: Path | None = None,
    within_seconds: float = 60,
) -> None:
    """Return when `ready()` says so. Raises ProcessFailedError when the process ends first or the time is up."""
    deadline = time.monotonic() + within_seconds
    while not ready():
        if process is not None and process.poll() is not None:
            raise ProcessFailedError(f"{what} ended with code {process.returncode}.{quoted_end(log)}")
        if time.monotonic() > deadline:
            raise ProcessFailedError(f"{what}: not within {within_seconds:.0f} seconds.{quoted_end(log)}")
        time.sleep(0.02)


def quoted_end(log: Path | None, *, lines: int = 12) -> str:
    """The last lines of a log, for an error message."""
    if log is None or not log.exists():
        return ""
    return f" The end of {log}:\n" + "\n".join(f"    {line}" for line in log.read_text(errors="replace").splitlines()[-lines:])
