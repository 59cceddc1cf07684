#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=tool
#
# The tools by system call, by ioctl, and where there is no device.
. "$CASES/tool.lib"

make_site
handles()
{
	find "/proc/$1/fd" -lname '*tux*' | wc -l
}
has_both()
{
	[ "$(workers | wc -w)" = 2 ] && [ "$(worker 0)" != "$1" ]
}
round()
{
	check "$1: startup" start
	check "$1: it serves" serves
	check "$1: the address is the one that was asked for" is "127.0.0.1:$port" "$(addresses)"
	check "$1: each worker has a listener" is "0 1" "$(listeners)"
	first=$(worker 0)
	check "$1: a worker has one handle" is 1 "$(handles "$first")"
	kill -KILL "$first"
	check "$1: a worker that is killed comes back" await has_both "$first"
	check "$1: shutdown" tuxctl shutdown
	check "$1: the setting net.tux.listen is what it was" \
		is "0.0.0.0 [::]" "$(sysctl -n net.tux.listen)"
}

TUX_TRANSPORT=ioctl round ioctl
TUX_TRANSPORT=syscall round "system call"
check "status says by which way" \
	has "$(TUX_TRANSPORT=syscall tuxctl status --json)" '"transport":"syscall"'
check "socket activation by system call is refused with a reason" \
	fails 1 "socket activation needs /dev/tux" \
	env TUX_TRANSPORT=syscall python3 -c '
import os, socket, sys
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
s = os.dup2(s.fileno(), 9)
os.dup2(9, 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execvp("tuxd", ["tuxd", "--docroot", sys.argv[1]])' "$root"

mv /dev/tux device
TUX_TRANSPORT=ioctl round "no device"
rm -f /dev/tux
mv device /dev/tux

rmmod tux
insmod "$TUX_KO" hook=0
check "without the system call, the device is left" start
check "it serves" serves
check "status says so" has "$(tuxctl status)" "switched off (module parameter hook=0)"
check "asking for the system call is refused with a reason" \
	fails 1 "the module tux is not loaded, or not there" \
	env TUX_TRANSPORT=syscall tuxctl shutdown
tuxctl shutdown
rmmod tux

# The group tux is one more way in: not to administer the server, which takes CAP_NET_ADMIN, too.
groupadd --system tux
group=$(getent group tux | cut -d : -f 3)
as_member()
{
	setpriv --reuid nobody --regid "$group" --clear-groups "$@"
}
check "with a group tux" start
check "the device is the group's" is "660 tux" "$(stat -c '%a %G' /dev/tux)"
check "a member has the interface by ioctl" has "$(as_member tuxctl version)" "(module: 3."
check "a member has the interface by system call" \
	has "$(TUX_TRANSPORT=syscall as_member tuxctl version)" "(module: 3."
other=$(TUX_TRANSPORT=syscall setpriv --reuid nobody --regid nogroup --clear-groups tuxctl version)
check "others have not" has "$other" "not there for this user"
check "a member cannot stop the server" fails 1 "not permitted; run this as root" \
	as_member tuxctl shutdown
check "it serves" serves
tuxctl shutdown
finish
