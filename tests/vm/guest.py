# SPDX-License-Identifier: GPL-2.0-only
"""Guests: a stock or debug kernel in QEMU whose root is this machine's root file system.

What the tools vm, run-server and check share: building what a guest needs, starting QEMU, the
channels to the guest, and the judgement of its kernel log.  A guest has

  - the machine's root read-only over 9p under an overlay in memory (guest/init does that),
  - a share, the directory of this run, at the same path as on the host, writable,
  - an empty ext4 disk of 8 GiB at /scratch,
  - virtio ports: standard output, standard error and the report of guest/main.

The channels are socket pairs inherited by QEMU, so nothing of a guest has a name that could collide
with another one's, and QEMU is ended by the kernel if this process ends in whatever way.
"""
import ctypes
import fcntl
import os
import re
import selectors
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TREE = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
VM = os.path.join(TREE, "tests", "vm")
BUILD = os.path.join(TREE, "build")
CACHE = os.environ.get("TUX_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "tux")

KERNELS = ("6.1", "6.12", "7.2", "debug")
SCRATCH_SIZE = 8 << 30

# Exit statuses of the tools when it is not the command's own.
EXIT_GUEST_FAILED = 99
EXIT_NOT_STARTED = 98

# guest/main's calibration, in milliseconds, on the machine where time limits were chosen, and the
# bounds of what is believed.
REFERENCE_CALIBRATION = 120
MAXIMUM_SCALE = 10

# What in a kernel log means that something went wrong.
SPLAT = re.compile(
    rb"Oops|\[#\d+\]|\bBUG\b|WARNING: |Kernel panic|general protection|unable to handle"
    rb"|KASAN|UBSAN|KFENCE|KCSAN"
    rb"|kmemleak: (?:\d+ new|Cannot|Memory pool empty|Kernel memory leak detector disabled)"
    rb"|possible circular|possible recursive|possible irq lock|inconsistent lock state"
    rb"|INFO: .*lock|INFO: task .* blocked|suspicious RCU"
    rb"|detected (?:expedited )?stalls|self-detected stall"
    rb"|lockdep: |turning off the locking|bad unlock balance|held lock freed"
    rb"|lock held when returning"
    rb"|soft lockup|hard LOCKUP|refcount_t|list_(add|del) corruption|ODEBUG"
    rb"|sleeping function called|scheduling while atomic|unregister_netdevice: waiting"
    rb"|Bad page state|Object already free|still has objects|ref_tracker: |Attempt to release")

# Lines of a stock kernel that only look like one of the above.
HARMLESS = re.compile(
    rb"Command line|RCU (restricting|nest|priority|calculated)|lockdep.*(enabled|turned off)"
    rb"|MAX_LOCK|memory used by lock|kmemleak: Kernel memory leak detector initialized"
    rb"|KASAN: Kernel|kasan: KernelAddressSanitizer|Unsafe .*debugging|ODEBUG: selftest passed"
    rb"|Spectre|MDS CPU bug|kfence: initialized|rcu: .*(boost|lockdep checking)")


class NotStarted(Exception):
    """A guest could not be started; the text says why, in one line."""


def say(text):
    """One line for the user, on standard error."""
    program = os.path.basename(sys.argv[0]).removesuffix(".py")
    print(f"{program}: {text}", file=sys.stderr, flush=True)


def splats(log):
    """The lines of a kernel log (bytes) that mean trouble."""
    return [line for line in log.splitlines() if SPLAT.search(line) and not HARMLESS.search(line)]


def accelerator():
    """Pair of QEMU's accelerator and the reason when it is not KVM."""
    answer = subprocess.run([os.path.join(VM, "probe-accelerator")], stdout=subprocess.PIPE,
                            check=False, text=True)
    if answer.returncode:
        raise NotStarted("cannot find out how to run guests")
    name, _, reason = answer.stdout.strip().partition(" ")
    return name, reason


def build(kernel, module=True):
    """Build what a guest with this kernel needs; returns the path of tux.ko, or None."""
    os.makedirs(BUILD, exist_ok=True)
    with open(os.path.join(BUILD, "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        target = "user" if os.path.exists(os.path.join(TREE, "libtux", "Makefile")) else None
        if target and subprocess.run(["make", "-s", "-C", TREE, "user", "vm-programs"],
                                     stdout=sys.stderr, check=False).returncode:
            raise NotStarted("the user space does not build")
    if not module or not os.path.exists(os.path.join(TREE, "kernel", "Kbuild")):
        return None
    answer = subprocess.run([os.path.join(VM, "build-module"), kernel], stdout=subprocess.PIPE,
                            check=False, text=True)
    if answer.returncode:
        raise NotStarted(f"no tux.ko for Linux {kernel}")
    # Only there do cases load them.
    if kernel == "debug":
        build_test_modules(kernel)
    return answer.stdout.strip()


def test_modules(kernel):
    """Where build-module --tests leaves the modules of tests/vm/modules."""
    return os.path.join(BUILD, f"test-modules-{kernel}", "tests", "vm", "modules")


def build_test_modules(kernel):
    """Build them."""
    if subprocess.run([os.path.join(VM, "build-module"), "--tests", kernel],
                      stdout=subprocess.DEVNULL, check=False).returncode:
        raise NotStarted(f"the modules for tests do not build for Linux {kernel}")


def kernel_directory(kernel):
    """The prepared kernel in the cache, which is downloaded or built if it is not there."""
    command = ["build-debug-kernel"] if kernel == "debug" else ["fetch-kernel", kernel]
    answer = subprocess.run([os.path.join(VM, command[0])] + command[1:], stdout=subprocess.PIPE,
                            check=False, text=True)
    if answer.returncode:
        raise NotStarted(f"Linux {kernel} cannot be had")
    return answer.stdout.strip()


def archive_entry(name, mode, content, number):
    """One entry of a cpio archive in the "newc" format, as the kernel reads it."""
    encoded = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
    entry = b"070701" + b"".join(b"%08x" % field for field in fields) + encoded
    entry += b"\0" * (-len(entry) % 4) + content
    return entry + b"\0" * (-len(entry) % 4)


def write_initramfs(directory, path):
    """The initramfs: busybox, guest/init and the modules that it loads."""
    with open("/bin/busybox", "rb") as file:
        busybox = file.read()
    with open(os.path.join(VM, "guest", "init"), "rb") as file:
        init = file.read()
    entries = [("bin", 0o40755, b""), ("boot-modules", 0o40755, b""), ("dev", 0o40755, b""),
               ("bin/busybox", 0o100755, busybox), ("init", 0o100755, init)]
    boot = os.path.join(directory, "boot")
    for module in sorted(os.listdir(boot)):
        with open(os.path.join(boot, module), "rb") as file:
            entries.append(("boot-modules/" + module, 0o100644, file.read()))
    entries.append(("TRAILER!!!", 0, b""))
    with open(path, "wb") as file:
        for number, (name, mode, content) in enumerate(entries, 1):
            file.write(archive_entry(name, mode, content, number))


def empty_disk():
    """An empty ext4 image in the cache, all of it initialised so that no thread does so later."""
    path = os.path.join(CACHE, "scratch.ext4")
    if not os.path.exists(path):
        os.makedirs(CACHE, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=CACHE, prefix="scratch.") as image:
            image.truncate(SCRATCH_SIZE)
            command = ["mke2fs", "-q", "-F", "-t", "ext4", "-N", "262144", "-J", "size=64", "-m",
                       "0", "-E", "lazy_itable_init=0,lazy_journal_init=0", image.name]
            path_of_tools = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
            subprocess.run(command, check=True, env={**os.environ, "PATH": path_of_tools})
            os.link(image.name, path + f".{os.getpid()}")
        os.rename(path + f".{os.getpid()}", path)
    return path


def quote_script(command, directory, environment):
    """A shell script (bytes) that runs an argument vector, byte for byte, in a directory."""
    lines = [b"cd " + shlex.quote(directory).encode(errors="surrogateescape") + b" || exit 127"]
    for name, value in environment.items():
        lines.append(b"export " + name.encode() + b"=" +
                     shlex.quote(value).encode(errors="surrogateescape"))
    words = [shlex.quote(word).encode(errors="surrogateescape") for word in command]
    lines.append(b"exec " + b" ".join(words))
    return b"\n".join(lines) + b"\n"


def end_with_parent():
    """Run in the child before QEMU: end when this process ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Guest:
    """One guest, from the preparation to its end.

    kernel: one of KERNELS.  mode: "command", "shell" or "serve", for guest/main.
    """

    def __init__(self, kernel, mode="command", memory=2048, cpus=2, append="", module=None,
                 in_turn=False):
        self.kernel = kernel
        self.mode = mode
        self.memory = memory
        self.cpus = cpus
        self.append = append
        self.module = module
        self.in_turn = in_turn
        self.directory = kernel_directory(kernel)
        with open(os.path.join(self.directory, "release"), encoding="ascii") as file:
            self.release = file.read().strip()
        self.accelerator, self.reason = accelerator()
        out = os.path.join(BUILD, "vm-out")
        os.makedirs(out, exist_ok=True)
        self.share = tempfile.mkdtemp(prefix=time.strftime("%m%d-%H%M%S-"), dir=out)
        os.chmod(self.share, 0o755)
        # What the guest need not see lives apart from the share.
        os.makedirs(os.path.join(BUILD, "vm-run"), exist_ok=True)
        self.private = tempfile.mkdtemp(dir=os.path.join(BUILD, "vm-run"))
        self.process = None
        self.messages = open(os.path.join(self.private, "qemu"), "w+b")
        self.console = b""
        self.extra_arguments = []
        self.channels = {}
        self.passed = []

    def boot_image(self):
        """The kernel as QEMU takes it; the uncompressed one starts faster where it works."""
        compressed = os.path.join(self.directory, "bzImage")
        return compressed if os.path.exists(compressed) else \
            os.path.join(self.directory, "vmlinux")

    def environment(self):
        """Variables of programs in the guest, beside those that the caller passes on."""
        user = os.path.join(BUILD, "user")
        programs = os.path.join(BUILD, "vm", "programs")
        return {
            "PATH": f"{user}:{programs}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
                    ":/sbin:/bin",
            "LD_LIBRARY_PATH": user,
            "HOME": "/root",
            "TERM": os.environ.get("TERM", "dumb"),
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TUX_KO": self.module or os.path.join(BUILD, f"module-{self.kernel}", "kernel",
                                                  "tux.ko"),
            "TUX_KERNEL": self.kernel,
            "TUX_TEST_MODULES": test_modules(self.kernel),
            "TUX_TREE": TREE,
            "TUX_OUT": self.share,
        }

    def write_settings(self, command, directory, environment):
        """Leave in the share what guest/init and guest/main are to do."""
        settings = {
            "TUX_TREE": TREE,
            "TUX_OUT": self.share,
            "TUX_KERNEL_ROOT": os.path.join(self.directory, "root"),
            "TUX_MODE": self.mode,
            "TUX_TERMINAL": "rows {0.lines} columns {0.columns}".format(
                shutil.get_terminal_size()),
            "TUX_CONSOLE_LEVEL": "7" if self.mode == "serve" else "5",
        }
        with open(os.path.join(self.share, "settings"), "w", encoding="utf-8",
                  errors="surrogateescape") as file:
            for name, value in settings.items():
                file.write(f"{name}={shlex.quote(value)}\n")
        with open(os.path.join(self.share, "command"), "wb") as file:
            file.write(quote_script(command, directory, {**self.environment(), **environment}))

    def add_channel(self, name, device):
        """A socket pair with the given QEMU device at its other end; returns our end."""
        ours, theirs = socket.socketpair()
        number = theirs.fileno()
        self.passed.append(theirs)
        self.extra_arguments += ["-chardev", f"socket,id={name},fd={number}"]
        self.extra_arguments += ["-serial", f"chardev:{name}"] if device == "serial" else \
            ["-device", f"virtserialport,chardev={name},name=tux.{name}"]
        self.channels[name] = ours
        return ours

    def kernel_command_line(self):
        """What the kernel is told: only warnings on the console, and to end after a panic.

        pci=noacpi spares it ACPI's interrupt routing, whose interpreted code runs into its time
        limit on a slow or busy machine; our devices have no use for it, they signal by messages.
        """
        words = ["console=ttyS0", "quiet", "loglevel=5", "panic=-1", "oops=panic", "rdinit=/init",
                 "pci=noacpi"]
        if self.accelerator != "kvm":
            # An emulated processor can be kept from running for longer than a real one.
            words += ["rcupdate.rcu_cpu_stall_timeout=60", "watchdog_thresh=30"]
        if self.kernel == "debug":
            # Faults can be kept from kmemleak's own memory: failslab/cache-filter.
            # KASAN takes addresses of five-level paging for wild ones while identify_cpu() finds
            # the processor's features once more, if an interrupt comes just then.
            words += ["preempt=full", "no5lvl", "kmemleak=on", "log_buf_len=8M",
                      "slub_debug=A;-,kmemleak_object,kmemleak_scan_area"]
        return " ".join(words + ([self.append] if self.append else []))

    def accelerator_options(self):
        """How QEMU is to run the processors."""
        if self.accelerator == "kvm":
            return "kvm"
        return f"tcg,thread={'single' if self.in_turn else 'multi'},tb-size=512"

    def start(self, command=("true",), directory="/", environment=None):
        """Write the share and start QEMU."""
        for tool, package in (("qemu-system-x86_64", "qemu-system-x86"),
                              ("/bin/busybox", "busybox-static")):
            if not shutil.which(tool):
                raise NotStarted(f"'{tool}' is missing: apt-get install {package}")
        self.write_settings(list(command), directory, environment or {})
        initramfs = os.path.join(self.private, "initramfs")
        write_initramfs(self.directory, initramfs)
        scratch = os.path.join(self.private, "scratch.ext4")
        subprocess.run(["cp", "--sparse=always", "--reflink=auto", empty_disk(), scratch],
                       check=True)
        arguments = [
            "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
            "-no-reboot", "-accel", self.accelerator_options(),
            "-cpu", "host" if self.accelerator == "kvm" else "max",
            "-smp", str(self.cpus), "-m", str(self.memory),
            "-kernel", self.boot_image(), "-initrd", initramfs,
            "-append", self.kernel_command_line(),
            "-virtfs", "local,path=/,mount_tag=root,security_model=none,readonly=on,"
                       "multidevs=remap",
            "-virtfs", "local,path=" + self.share.replace(",", ",,") +
                       ",mount_tag=share,security_model=none,multidevs=remap",
            "-drive", "if=none,id=scratch,format=raw,cache=unsafe,discard=unmap,file=" +
                      scratch.replace(",", ",,"),
            "-device", "virtio-blk-pci,drive=scratch",
            "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
        ]
        self.add_channel("console", "serial")
        if self.mode == "shell":
            self.extra_arguments += ["-chardev", "stdio,id=terminal,signal=off",
                                     "-device", "virtconsole,chardev=terminal"]
        for name in ("report", "stdout", "stderr"):
            self.add_channel(name, "port")
        self.process = subprocess.Popen(
            arguments + self.extra_arguments,
            preexec_fn=end_with_parent,
            # QEMU ends at the terminal's ^C, which is for us; only a shell needs it there.
            process_group=None if self.mode == "shell" else 0,
            stdin=None if self.mode == "shell" else subprocess.DEVNULL, stderr=self.messages,
            pass_fds=[end.fileno() for end in self.passed])
        for end in self.passed:
            end.close()

    def stop(self):
        """End QEMU, whatever the guest is doing, and forget what only this run needed."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for channel in self.channels.values():
            channel.close()
        self.messages.seek(0)
        for line in self.messages.read().decode(errors="replace").splitlines():
            if "terminating on signal" not in line:
                say(line)
        self.messages.close()
        shutil.rmtree(self.private, ignore_errors=True)
        with open(os.path.join(self.share, "console"), "wb") as file:
            file.write(self.console)

    def kernel_log(self):
        """The whole kernel log, or what reached the console if the guest did not live to tell."""
        try:
            with open(os.path.join(self.share, "dmesg"), "rb") as file:
                return file.read()
        except OSError:
            return self.console

    def leaks(self):
        """What kmemleak found, as bytes."""
        try:
            with open(os.path.join(self.share, "leaks"), "rb") as file:
                return file.read()
        except OSError:
            return b""


class Session:
    """Runs a started guest to its end and passes its output on.

    status is the command's exit status, or None with the reason in failure.
    """

    def __init__(self, guest, timeout, stdout, stderr, on_console=None):
        self.guest = guest
        self.timeout = timeout
        self.started = time.monotonic()
        self.deadline = self.started + timeout
        self.sinks = {"stdout": stdout, "stderr": stderr}
        self.on_console = on_console
        self.selector = selectors.DefaultSelector()
        self.report = b""
        self.scale = 1.0
        self.serving = False
        self.stuck = False
        self.status = None
        self.failure = None

    def take(self, name, data):
        """Data has come through a channel."""
        if name == "console":
            self.guest.console += data
            if self.on_console:
                self.on_console(data)
        elif name == "report":
            self.report += data
            self.read_report()
        else:
            self.sinks[name].write(data)
            self.sinks[name].flush()

    def read_report(self):
        """Lines of guest/main: how fast the guest is, and in the end the exit status."""
        *lines, self.report = self.report.split(b"\n")
        for line in lines:
            word, _, value = line.partition(b" ")
            if word == b"calibration":
                self.scale = min(max(int(value) / REFERENCE_CALIBRATION, 1.0), MAXIMUM_SCALE)
                self.deadline = self.started + self.timeout * self.scale
            elif word == b"serving":
                self.serving = True
            elif word == b"loaded":
                self.stuck = True
            elif word == b"exit":
                self.status = int(value)

    def pump(self, wait):
        """Pass on what comes within a time; returns whether anything came."""
        ready = self.selector.select(wait)
        for key, _ in ready:
            try:
                data = key.fileobj.recv(65536)
            except ConnectionResetError:
                data = b""
            if data:
                self.take(key.data, data)
            else:
                self.selector.unregister(key.fileobj)
        return bool(ready)

    def watch(self):
        """Begin to listen to a guest that has been started."""
        for name, channel in self.guest.channels.items():
            self.selector.register(channel, selectors.EVENT_READ, name)

    def guest_is_up(self):
        """Whether any channel is still open."""
        return bool(self.selector.get_map())

    def run(self):
        """Until the command has ended, the guest is gone or time is up."""
        self.watch()
        while self.status is None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                self.failure = f"no end after {self.timeout * self.scale:.0f} s"
                break
            self.pump(min(left, 1.0))
            if self.status is None and not self.guest_is_up():
                self.failure = "the guest went down before the command ended"
                break
        # What the command wrote left the guest before the report did, so it is in the sockets.
        while self.pump(0):
            pass
        return self.status

    def judge(self):
        """Reasons why the guest itself has failed, as lines; empty when all is well."""
        reasons = []
        if self.failure:
            reasons.append(self.failure)
        if self.stuck:
            reasons.append("the module cannot be unloaded")
        # The console keeps what the log may have lost when its ring was full.
        found = splats(self.guest.kernel_log()) or splats(self.guest.console)
        if found:
            reasons.append("the kernel complained: " + found[0].decode(errors="replace").strip())
        if self.guest.leaks().strip():
            reasons.append("kmemleak found lost memory")
        return reasons
