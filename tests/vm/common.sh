# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the rig's shell scripts share: where the cache is, how to speak to the user, and a private
# apt that reads the machine's own archive address but never touches the machine's package lists.
#
# Sourced, not run.  The script that sources it has set -eu.

# Absolute path of the tree and of the cache of kernels and chroots.
# shellcheck disable=SC2034 # used by the scripts that source this
tree=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
cache=${TUX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tux}

# The kernels of the test matrix and the Debian suite that each comes from.
suite_of()
{
	case $1 in
	6.1) echo bookworm ;;
	6.12) echo bookworm-backports ;;
	7.2) echo sid ;;
	*) die "unknown kernel '$1': choose 6.1, 6.12, 7.2 or debug" ;;
	esac
}

say()
{
	printf '%s: %s\n' "$(basename -- "$0")" "$*" >&2
}

die()
{
	say "$*"
	exit 1
}

# need COMMAND PACKAGE: one clear line instead of "not found" in the middle of a build.
need()
{
	command -v "$1" > /dev/null || PATH=$PATH:/usr/sbin:/sbin command -v "$1" > /dev/null ||
		die "'$1' is missing: apt-get install $2"
}

# take_turns FILE: wait until no other script that has the lock FILE runs, and keep it to the end.
take_turns()
{
	mkdir -p "$(dirname -- "$1")"
	exec 9> "$1"
	flock 9
}

# Address of the archive that has the release of this machine; with -security, that one's.
archive_address()
{
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")$1
	# shellcheck disable=SC2016 # apt expands these, not the shell
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(CODENAME) $(CREATED_BY)' |
		awk -v release="$release" '$NF == "Packages" && ($2 == release || $3 == release) \
			{ print $1; exit }'
}

# apt_lists SUITE [ARCHITECTURE]: write a private sources list for SUITE and download its package
# lists, those of another architecture if one is named.  Only the date check is off, because a
# frozen copy of an archive has an expired date; signatures are checked against the machine's own
# keys.
apt_lists()
{
	apt_architecture=${2:-}
	apt_home=$cache/apt/$1${apt_architecture:+-$apt_architecture}
	address=$(archive_address '')
	[ -n "$address" ] || die "apt knows no archive for this machine's own release"
	mkdir -p "$apt_home/lists/partial" "$apt_home/cache/archives/partial"
	{
		echo "deb $address $1 main"
		security=$(archive_address -security)
		if [ "$1" = bookworm ] && [ -n "$security" ]; then
			echo "deb $security $1-security main"
		fi
	} > "$apt_home/sources"
	private_apt get -q -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none update \
		> "$apt_home/log" 2>&1 || { cat "$apt_home/log" >&2; die "no package lists of $1"; }
}

# private_apt get|cache ARG...: the apt command with the private lists made by apt_lists.
private_apt()
{
	program=apt-$1
	shift
	"$program" -o Dir::Etc::sourcelist="$apt_home/sources" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::preferencesparts=/dev/null -o Dir::State::lists="$apt_home/lists" \
		-o Dir::Cache="$apt_home/cache" -o APT::Sandbox::User=root \
		${apt_architecture:+-o APT::Architecture="$apt_architecture" \
			-o APT::Architectures="$apt_architecture" -o Dir::State::status=/dev/null} \
		"$@"
}
