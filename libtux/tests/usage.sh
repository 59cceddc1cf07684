#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# usage.sh DIR: what tuxctl and tuxd (in DIR) do with command lines, as far as no kernel module is
# needed.  Writes TAP.  Each line of the tables is: exit status | arguments | text that must be in
# the output.

tools=$1
number=0

check() {
	tool=$1 wanted=$2 arguments=$3 text=$4
	number=$((number + 1))
	# Word splitting is what a shell would do with the arguments.
	# shellcheck disable=SC2086
	output=$("$tools/$tool" $arguments 2>&1 < /dev/null)
	status=$?
	if [ "$status" = "$wanted" ] && printf '%s' "$output" | grep -qF -e "$text"; then
		lines=$(printf '%s\n' "$output" | wc -l)
		if [ "$wanted" != 2 ] || [ "$lines" = 1 ]; then
			echo "ok $number - $tool $arguments"
			return
		fi
	fi
	echo "not ok $number - $tool $arguments"
	printf 'status %s: %s\n' "$status" "$output" >&2
}

while IFS='|' read -r wanted arguments text; do
	check tuxctl "$wanted" "$arguments" "$text"
done <<'END'
2||a command is missing
2|frobnicate|there is no command "frobnicate"
0|--help|startup
0|help|shutdown
0|--version|4.
0|version|interface
2|version extra|unexpected argument "extra"
0|startup --help|--docroot DIR
0|shutdown --help|--timeout SECONDS
0|status --help|--json
0|stats --help|--watch[=SECONDS]
0|version --help|Usage: tuxctl version
2|startup --docroot|option --docroot needs a value
2|startup --nonsense|has no option --nonsense
2|startup /prefix|"/prefix" is no name of a module
0|startup --help|--no-chroot
0|module --help|list | add NAME [FILE]
2|module|list, add, remove, allow or deny is missing
2|module frobnicate|there is no "tuxctl module frobnicate"
2|module list extra|it is: tuxctl module list
2|module add|it is: tuxctl module add NAME
2|module add /prefix|a prefix needs a file
2|module add a b c|it is: tuxctl module add
2|module add --json a|only list has --json
2|module remove|it is: tuxctl module remove
2|module allow /app|it is: tuxctl module allow
2|module deny|it is: tuxctl module deny
2|module --frob|has no option --frob
1|module allow /app no-such-user|there is no user "no-such-user"
1|module deny /app 4294967295|there is no user "4294967295"
1|module add demo.tux|there is no tuxd in this network namespace
1|module remove demo.tux|there is no tuxd in this network namespace
2|startup --port 0|--port needs a number from 1 to 65535
2|startup --port 65536|--port needs a number
2|startup --port 80x|not "80x"
2|startup --port -1|--port needs a number
2|startup --threads 0|--threads needs a number from 1 to 64
2|startup --threads 65|--threads needs a number
2|startup --listen localhost:80|--listen needs ADDRESS:PORT
2|shutdown --timeout x|--timeout needs a number
2|shutdown --timeout|needs a value
2|status --jso=n|
2|status --watch|has no option --watch
2|stats --watch=0|--watch needs a number from 1
2|stats --watch 5|unexpected argument "5"
END

check tuxctl 2 "startup $(seq -s " " 64)" "too many modules"

while IFS='|' read -r wanted arguments text; do
	check tuxd "$wanted" "$arguments" "$text"
done <<'END'
0|--help|--stop-timeout SECONDS
0|--version|tuxd 4.
2|--nonsense|there is no option --nonsense
2|/prefix|"/prefix" is no name of a module
2|-d -t 4 -r /www -m /modules a.tux ../b.tux|"../b.tux" is no name of a module
2|-t 0 a.tux|--threads needs a number
2|-x|there is no option -x
2|-m|option -m needs a value
2|--moduledir=|--moduledir needs a path
2|--modules=|--modules needs a path
2|--redirect=8080|--redirect needs tcp:ADDRESS:PORT
2|--redirect=tcp:127.0.0.1|--redirect needs
2|--redirect=unix:relative|--redirect needs
0|--help|-m, --moduledir DIR
0|--help|-s, --stop
0|-h|--redirect TARGET
2|--port=0|--port needs a number
2|--threads=65|--threads needs a number from 1 to 64
2|--listen=[::1|--listen needs ADDRESS:PORT
2|--docroot=|--docroot needs a path
2|--log=file|--log needs "syslog" or "stderr"
2|--log=stderr|--log stderr needs --foreground
2|--stop-timeout=-5|--stop-timeout needs a number
2|--user|option --user needs a value
END

echo "1..$number"
