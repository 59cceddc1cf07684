#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=180 group=tool core
"""User modules in tuxd's workers: the command line of TUX 3, lists, what fails, what they see."""
import os
import pwd
import subprocess

from toolcase import await_line, check, finish, make_site
from toolmodules import (PATIENCE, PORT, get, install, make_stub, modules, show, tuxctl, wait_for,
                         workers)

root = make_site()
home = os.path.dirname(root)
user = pwd.getpwnam("nobody")

# --- the command line of TUX 3; it detaches, so what it says goes to syslog

install("demo.tux")
install("demo2.tux.so", marker="two")
install("broken.tux", source="broken")
for name in ("demo.tux", "demo2.tux", "broken.tux", "absent.tux", "dir/deep.x"):
    make_stub(root, name)
subprocess.run(["sysctl", "-q", "-w", f"net.tux.serverport={PORT}"], check=False)
if not os.path.isdir("/proc/sys/net/tux"):
    subprocess.run(["insmod", os.environ["TUX_KO"]], check=True)
    subprocess.run(["sysctl", "-q", "-w", f"net.tux.serverport={PORT}"], check=True)
done = subprocess.run(["tuxd", "-d", "-t", "2", "-r", root, "-u", str(user.pw_uid), "-g",
                       str(user.pw_gid), "-m", os.path.join(home, "modules"), "demo.tux",
                       "demo2.tux"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                      check=False, timeout=PATIENCE)
check(done.returncode == 0 and not done.stdout, "the command line of TUX 3 starts the server",
      done)
first = show("/demo.tux?a=b")
check(first.get("status") == 200, "a module answers by its name", first)
check(first.get("marker") == "one", "its file may have the name as it is", first)
check(show("/demo2.tux").get("marker") == "two", "or with .so behind it")
check(first.get("name") == "demo.tux", "TUXAPI_modulename_array has its name", first)
check(first.get("docroot") == root, "TUXAPI_docroot was set before its init", first)
check(first.get("version", "").startswith("TUX/"), "and TUXAPI_version", first)
check(first.get("servername") == os.uname().nodename, "and TUXAPI_servername", first)
check(first.get("uid") == str(user.pw_uid), "it runs as the user of -u", first)
check(first.get("page") == "there", "it sees the document root as its root directory", first)
check(first.get("passwd") == "absent", "and nothing outside", first)
with open("init.log", encoding="ascii") as file:
    check(file.read() == "init uid 0\ninit uid 0\n", "TUXAPI_init ran once for each file, as root")
show("/demo.tux?log")
with open("init.log", encoding="ascii") as file:
    check(file.read().endswith(f"request uid {user.pw_uid}\n"),
          "what it has opened there is open in the workers")
check(get("/a.txt") == (200, "hello\n"), "files are served as before")
listed = modules()
check(listed.get("demo.tux") == {"name": "demo.tux", "kind": "name", "answered_by": "workers",
                                 "count": 2, "file": os.path.join(home, "modules", "demo.tux")},
      "tuxctl module list --json shows it", listed)
status, text = tuxctl("module", "list")
check(status == 0 and "demo2.tux.so" in text, "tuxctl module list shows the file", text)

# --- a module that fails, and one that crashes

status, _ = get("/demo.tux?fail")
check(status in (0, 502), "a module that returns an error: the client gets 502 or no answer",
      status)
check(show("/demo.tux").get("status") == 200, "and the next one an answer")
before = sorted(workers())
status, _ = get("/demo.tux?crash")
check(status == 0, "a module that crashes takes its worker along", status)
check(wait_for(lambda: len(workers()) == 2 and sorted(workers()) != before),
      "which is started again", f"{before} {workers()}")
check(show("/demo.tux").get("status") == 200, "with its modules")
check(get("/a.txt")[0] == 200, "the server serves")

done = subprocess.run(["tuxd", "--stop"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                      text=True, check=False, timeout=PATIENCE)
check(done.returncode == 0 and not done.stdout, "tuxd --stop stops it", done)
done = subprocess.run(["tuxd", "-s"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                      text=True, check=False, timeout=PATIENCE)
check(done.returncode == 1 and "TUX is not running" in done.stdout, "and says if there is none",
      done)

# --- lists of modules, and those that cannot be loaded: one line each, the others are served

os.mkdir("lists")
with open("lists/10-good.conf", "w", encoding="ascii") as file:
    file.write(f"# prefixes\n/app {home}/modules/demo.tux\n/app/deeper demo2.tux # longer\n"
               "dir/deep.x demo.tux\n/nonsense\n")
with open("lists/20-bad.conf", "w", encoding="ascii") as file:
    file.write("broken.tux\nabsent.tux\n/passwd /etc/passwd\n")
with open("lists/unread.txt", "w", encoding="ascii") as file:
    file.write("demo2.tux\n")
tuxd = subprocess.Popen(["tuxd", "--foreground", "--docroot", root, "--listen",
                         f"127.0.0.1:{PORT}", "-m", "modules", "--modules", "lists", "--no-chroot",
                         "demo.tux", "absent2.tux"], stderr=subprocess.PIPE, text=True)
text = await_line(tuxd, "serving")
for part in ("10-good.conf, line 5: a prefix needs a file",
             "module broken.tux (", "undefined symbol: nobody_has_this",
             "module absent.tux (", "modules/absent.tux.so is there",
             "module /passwd (", "cannot load the file: /etc/passwd",
             "module absent2.tux: neither "):
    check(part in text, f"tuxd says: {part}", text)
check(text.count("\n") == 6, "each in one line", text)
check(show("/app").get("marker") == "one", "a prefix is served")
check(show("/app/x/y").get("name") == "/app", "and what lies below it")
check(show("/app/deeper/z").get("marker") == "two", "the longest prefix wins")
check(get("/apple")[0] == 404, "a prefix ends at a slash")
check(show("/dir/deep.x").get("marker") == "one", "a stub in a directory, of the other extension")
check(show("/demo.tux").get("passwd") == "there", "--no-chroot leaves the root directory")
check(get("/demo2.tux")[0] == 404, "a file that ends otherwise is no list: its stub has no module")
tuxctl("shutdown")
tuxd.communicate(timeout=PATIENCE)

done = subprocess.run(["tuxd", "--foreground", "--docroot", root, "--modules", "nowhere"],
                      stderr=subprocess.PIPE, text=True, check=False, timeout=PATIENCE)
check(done.returncode == 1 and "cannot read the lists of modules" in done.stderr,
      "a directory of lists that was named must be there", done)
check(subprocess.run(["rmmod", "tux"], check=False).returncode == 0, "the module can be unloaded")
finish()
