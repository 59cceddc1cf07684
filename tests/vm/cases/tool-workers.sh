#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=90 group=tool
#
# Worker processes: who they are, and what happens when one of them, or their master, is killed.
. "$CASES/tool.lib"

make_site
start --threads 2 || exit
status_of()
{
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

first=$(worker 0)
second=$(worker 1)
master=$(owner)
user=$(id -u www-data 2> /dev/null || id -u nobody)
check "a worker is an unprivileged user" \
	is "$user	$user	$user	$user" "$(status_of "$first" Uid)"
check "in that user's group" is "$(id -g "$user")" "$(status_of "$first" Gid | cut -f 1)"
check "without root's groups" is "$(id -G "$user")" "$(status_of "$first" Groups | sed 's/ $//')"
for set in CapInh CapPrm CapEff CapAmb; do
	check "without capabilities ($set)" is 0000000000000000 "$(status_of "$first" $set)"
done
check "and without a way to new ones" is 1 "$(status_of "$first" NoNewPrivs)"
check "the document root is its root directory" is "$root" "$(readlink "/proc/$first/root")"
check "the workers are pinned to different CPUs" is "0 1" \
	"$(status_of "$first" Cpus_allowed_list) $(status_of "$second" Cpus_allowed_list)"
check "a worker has no descriptors but its handle, its report and the standard streams" \
	is 5 "$(find "/proc/$first/fd" -type l | wc -l)"

# Worker 0 is another process than that, and both are in the event loop.
has_new_worker()
{
	[ "$(workers | wc -w)" = 2 ] && [ "$(worker 0)" != "$1" ]
}
kill -KILL "$first"
check "a worker that is killed is started again" await has_new_worker "$first"
check "by the same master" is "$master" "$(owner)"
check "the other one has stayed" is "$second" "$(worker 1)"
third=$(worker 0)
check "the new one is unprivileged, too" is "$user" "$(status_of "$third" Uid | cut -f 1)"
check "the server serves" serves

for round in 1 2 3; do
	third=$(worker 0)
	kill -KILL "$third"
	check "while one worker dies again, the other serves ($round)" serves
	check "and it comes back ($round)" await has_new_worker "$third"
done

for signal in TERM INT HUP QUIT; do
	kill -$signal "$second"
done
check "a worker ignores the signals that stop the master" serves
check "it is still there" is "$second" "$(worker 1)"

third=$(worker 0)
kill -KILL "$master"
check "when the master is killed, its workers go" await is_gone "$third"
check "both of them" await is_gone "$second"
is_stopped()
{
	[ "$(state)" = stopped ]
}
check "the server is gone" await is_stopped
check "the port is free" is_silent
check "a new server can be started at once" start
check "and serves" serves
tuxctl shutdown
finish
