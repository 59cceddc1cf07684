#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=tool
#
# Where the server listens: IPv4, IPv6, both, several ports, and a machine without IPv6.
. "$CASES/tool.lib"

make_site
answers()
{
	is hello "$(curl -gsS --max-time 30 "http://$1/a.txt" 2>&1)"
}
# A command without IPv6: socket(AF_INET6) is answered EAFNOSUPPORT, as by a kernel that lacks it.
without_ipv6()
{
	python3 - "$@" <<'END'
import ctypes, os, struct, sys
load, equal, give = 0x20, 0x15, 0x06
program = [(load, 0, 0, 0), (equal, 0, 3, 41), (load, 0, 0, 16), (equal, 0, 1, 10),
           (give, 0, 0, 0x00050000 | 97), (give, 0, 0, 0x7fff0000)]
code = b"".join(struct.pack("HBBI", *step) for step in program)
buffer = ctypes.create_string_buffer(code)
filter = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(buffer))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(22, 2, filter, 0, 0):
    sys.exit("seccomp: " + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])
END
}

check "IPv6 alone" tuxctl startup --docroot "$root" --listen "[::1]:8081"
check "serves IPv6" answers "[::1]:8081"
check "and only that" is "[::1]:8081" "$(addresses)"
check "the IPv4 port is free" is_silent
tuxctl shutdown

check "several addresses and ports" \
	tuxctl startup --docroot "$root" --port 8082 \
	--listen 127.0.0.1:8080 --listen "[::1]" --listen 127.0.0.2
check "are all there" is "127.0.0.1:8080 127.0.0.2:8082 [::1]:8082" "$(addresses)"
for address in 127.0.0.1:8080 127.0.0.2:8082 "[::1]:8082"; do
	check "$address serves" answers "$address"
done
tuxctl shutdown

check "no address: all of IPv4 and IPv6, on the port of --port" \
	tuxctl startup --docroot "$root" --port 8083
check "are there" is "0.0.0.0:8083 [::]:8083" "$(addresses)"
check "IPv4 serves" answers 127.0.0.1:8083
check "IPv6 serves" answers "[::1]:8083"
tuxctl shutdown

sysctl -q -w net.tux.serverport=8084 net.tux.listen="127.0.0.1 [::1]:8085"
check "no option: the settings" tuxctl startup
check "are heeded" is "127.0.0.1:8084 [::1]:8085" "$(addresses)"
check "serves" answers 127.0.0.1:8084
tuxctl shutdown

sysctl -q -w net.tux.listen="127.0.0.1:8080 nonsense"
check "a setting that is no address" \
	fails 1 'net.tux.listen has "nonsense", which is not an address' tuxctl startup
sysctl -q -w net.tux.listen="0.0.0.0 [::]"

check "without IPv6 the default is IPv4 alone" without_ipv6 tuxctl startup --port 8086
check "and says so" is "0.0.0.0:8086" "$(addresses)"
check "serves" answers 127.0.0.1:8086
tuxctl shutdown
check "without IPv6 an IPv6 address that was asked for is an error" \
	fails 1 "the kernel does not support this kind of address" \
	without_ipv6 tuxctl startup --listen "[::]:8087"

# Every worker has a socket of its own in the group of each address.
check "four workers" tuxctl startup --threads 4 --listen 127.0.0.1:8080
check "four listeners" is "0 1 2 3" "$(listeners)"
cpus()
{
	for pid in $(workers); do
		sed -n 's/^Cpus_allowed_list:.//p' "/proc/$pid/status"
	done | sort | xargs
}
check "four processes on the two CPUs" is "0 0 1 1" "$(cpus)"
check "serves" serves
tuxctl shutdown
check "fewer CPUs than workers are no error" \
	taskset -c 1 tuxctl startup --threads 2 --listen 127.0.0.1:8080
check "both are on the one that is allowed" is "1 1" "$(cpus)"
tuxctl shutdown
finish
