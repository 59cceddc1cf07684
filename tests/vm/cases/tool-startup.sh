#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=tool core
#
# tuxctl from startup to shutdown, when all goes well.
. "$CASES/tool.lib"

make_site
rest()
{
	status=$1
	tuxctl status > out
	is "$status" $? && has "$(cat out)" "$2"
}

check "status without the module says so, and ends with 1" \
	rest 1 "not running: the module is not loaded"
check "startup loads the module that TUX_KO names, and returns" start
check "the server answers as soon as startup has returned" serves
check "status ends with 0" rest 0 "TUX is running."
check "status shows the document root" rest 0 "document root  $root"
check "status shows the address, once" is 1 "$(tuxctl status | grep -c 127.0.0.1:$port)"
check "status shows the uptime" rest 0 "uptime"
check "status shows the state of the system call" rest 0 "system call 184"
check "status shows the counters" sh -c 'tuxctl status | grep -q "requests  *1$"'

# The one look at JSON that a program would take.
check "--json is JSON, and has it all" python3 - "$root" "$port" <<'END'
import json, subprocess, sys
answer = subprocess.run(["tuxctl", "status", "--json"], capture_output=True, check=True)
status = json.loads(answer.stdout)
workers = status["workers"]
assert status["running"] is True and status["module_loaded"] is True and status["device"] is True
assert status["state"] == "running" and status["transport"] == "ioctl"
assert status["hook"] in ("armed", "off", "failed", "unsupported")
assert status["document_root"] == sys.argv[1]
address = "127.0.0.1:" + sys.argv[2]
assert [(l["address"], l["worker"]) for l in status["listeners"]] == [(address, 0), (address, 1)]
assert [(w["number"], w["state"]) for w in workers] == [(0, "loop"), (1, "loop")]
assert all(open(f"/proc/{w['pid']}/comm").read() == f"tuxd/{w['number']}\n" for w in workers)
assert open(f"/proc/{status['owner']}/comm").read() == "tuxd\n"
assert status["threads"] == 2 and status["uptime_seconds"] >= 0
assert status["counters"]["requests"] == 1
END

check "stats prints every counter" is "$(wc -l < /proc/net/tux/stat)" "$(tuxctl stats | wc -l)"
watch()
{
	timeout 30 tuxctl stats --watch=1 | head -n $(($(wc -l < /proc/net/tux/stat) + 3)) > out
	has "$(cat out)" "/s"
}
check "stats --watch prints rates" watch
release=$(tuxd --version | cut -d ' ' -f 2)
check "version shows the release of the module" has "$(tuxctl version)" "module     $release
"

owner=$(owner)
check "shutdown succeeds" tuxctl shutdown
check "the master has ended when shutdown returns" is_gone "$owner"
check "the port is free" is_silent
check "status ends with 1 again" rest 1 "TUX is not running."
check "--json without a server is JSON, too" sh -c 'tuxctl status --json | python3 -c "
import json, sys
status = json.load(sys.stdin)
assert status[\"running\"] is False and status[\"module_loaded\"] is True
assert status[\"state\"] == \"stopped\" and \"workers\" not in status"'

check "settings of the last start hold" tuxctl startup --port $port
check "the same document root is served" serves
check "every IPv4 and IPv6 address is the default" is "0.0.0.0:$port [::]:$port" "$(addresses)"
tuxctl shutdown
check "the module can be unloaded" rmmod tux
finish
