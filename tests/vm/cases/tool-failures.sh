#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=tool
#
# Everything that can go wrong at the start: exit status 1, and one line that says what failed, why,
# and what to do.
. "$CASES/tool.lib"

make_site
as_nobody()
{
	setpriv --reuid nobody --regid nogroup --clear-groups "$@"
}

check "shutdown without the module" fails 1 "TUX is not running" tuxctl shutdown
check "stats without the module" fails 1 "the module is not loaded" tuxctl stats
check "a module file that is not there" fails 1 "No such file" env TUX_KO=/nowhere.ko tuxctl startup
check "a module file that is none" fails 1 "not a module for the running kernel" \
	env TUX_KO=/etc/passwd tuxctl startup
check "no module anywhere" fails 1 "set TUX_KO to the file tux.ko" env -u TUX_KO tuxctl startup
check "no permission, before the module is loaded" \
	fails 1 "run this as root" as_nobody tuxctl startup
check "none of these has loaded the module" [ ! -e /proc/net/tux ]

insmod "$TUX_KO"
check "no permission, with the module" fails 1 "run this as root" as_nobody tuxctl startup
check "no permission to stop" fails 1 "TUX is not running" as_nobody tuxctl shutdown
check "no document root" fails 1 "the document root $root/nowhere does not exist; make it" \
	start --docroot "$root/nowhere"
check "a document root that is a file" fails 1 "the document root $root/a.txt is not a directory" \
	start --docroot "$root/a.txt"
check "a document root below a file" fails 1 "is not a directory" start --docroot "$root/a.txt/b"
mkdir -m 700 private
check "a document root that the user cannot enter" \
	fails 1 "the user www-data cannot enter the document root $PWD/private" \
	start --docroot "$PWD/private"
check "a parent that the user cannot enter" \
	fails 1 "cannot enter the document root $PWD/private/inner" \
	sh -c "mkdir -p private/inner; tuxctl startup --docroot '$PWD/private/inner'"
check "the same for a user who can" \
	sh -c "tuxctl startup --docroot '$PWD/private' --user root && tuxctl shutdown"
check "no such user" fails 1 'there is no user "nemo"' start --user nemo
check "an address of another machine" \
	fails 1 "cannot listen on 192.0.2.1:80: this machine does not have the address" \
	tuxctl startup --docroot "$root" --listen 192.0.2.1:80

# Another server on the port: a plain one, and one that would share it without a word.
for sharing in 0 1; do
	python3 - $sharing $port <<'END' &
import socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(sys.argv[1]))
s.bind(("127.0.0.1", int(sys.argv[2])))
s.listen()
open("bound", "w").close()
time.sleep(1000)
END
	other=$!
	await [ -e bound ]
	rm bound
	check "the port is in use (SO_REUSEPORT: $sharing)" \
		fails 1 "cannot listen on 127.0.0.1:$port: another program uses it" start
	kill $other
	wait $other 2> /dev/null
done
check "nothing runs after all this" is stopped "$(state)"

check "the server can be started" start
check "already running" fails 1 "TUX is already running (process $(owner))" start
check "already running, on another port" fails 1 "already running" start --port 8099
check "a user without rights sees the status" \
	is 2 "$(as_nobody tuxctl status | grep -c 'in the event loop')"
check "but cannot stop it" fails 1 "not be opened by this user" as_nobody tuxctl shutdown
check "it still serves" serves
tuxctl shutdown
check "not running any more" fails 1 "TUX is not running" tuxctl shutdown

# shellcheck disable=SC2016
check "two starts at once: one wins" sh -c '
	start() {
		tuxctl startup --docroot "$1" --listen 127.0.0.1:8080 2>> lost
		echo $? >> won
	}
	start "$1" & start "$1" & wait
	[ "$(sort won | tr -d "\n")" = 01 ] && [ "$(wc -l < lost)" = 1 ]' sh "$root"
check "and serves" serves
tuxctl shutdown
finish
