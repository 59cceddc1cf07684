# SPDX-License-Identifier: GPL-2.0-only
"""What the cases about tuxd's user modules share."""
import http.client
import json
import os
import shutil
import subprocess
import time

SCALE = float(os.environ.get("TUX_TIME_SCALE", "1"))
PATIENCE = 30 * SCALE
PORT = 8080

BUILT = os.path.join(os.environ["CASES"], "../../../build/vm/user-modules")


def install(name, source="show", marker="one", directory="modules"):
    """Put a built module in place under a name, as install(1) does: a new file each time."""
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(os.getcwd(), directory, name)
    shutil.copy(os.path.join(BUILT, f"{source}-{marker}.so"), path + ".new")
    os.rename(path + ".new", path)
    return path


def make_stub(root, name):
    """The file that stands for a module."""
    path = os.path.join(root, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb"):
        pass
    os.chown(path, 0, 0)
    os.chmod(path, 0o644)


def get(target, method="GET", headers=None):
    """Status and body of an answer; a connection that ended instead is the status 0."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=PATIENCE)
    try:
        connection.request(method, target, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (http.client.HTTPException, ConnectionError) as error:
        return 0, str(error)
    finally:
        connection.close()


def show(target):
    """What the module "show" says, by the first word of each line."""
    status, body = get(target)
    values = dict(line.split(" ", 1) for line in body.splitlines() if " " in line)
    return {"status": status, **values}


def tuxctl(*words):
    """Exit status, and what it says."""
    done = subprocess.run(["tuxctl", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, timeout=2 * PATIENCE)
    return done.returncode, done.stdout


def modules():
    """tuxctl module list --json, by name."""
    status, text = tuxctl("module", "list", "--json")
    return {module["name"]: module for module in json.loads(text)} if not status else {}


def workers():
    """Process numbers of the workers."""
    status, text = tuxctl("status", "--json")
    return [worker["pid"] for worker in json.loads(text)["workers"]] if not status else []


def wait_for(condition):
    """Poll for something that has no event to wait for; whether it came."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
