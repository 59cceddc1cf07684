#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# install.sh OUT COMPILER: install what is in OUT somewhere, use it from there, and take it away
# again.  Writes TAP.
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
out=$1
compiler=$2
place=$out/tests/place
number=0

result()
{
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
	fi
}

make_it()
{
	make -s -C "$here/.." O="$out" DESTDIR="$place" prefix=/opt/tux "$1" >&2
}

# build SOURCE FLAG...: compile and run a program against the installed files, found by the name in
# $package.
build()
{
	source=$1
	shift
	# The flags of pkg-config are words.
	# shellcheck disable=SC2046
	"$compiler" -Wall -Wextra -Werror -o "$place/program" "$source" "$@" \
		$(pkg-config --cflags --libs "$package") >&2 &&
		LD_LIBRARY_PATH=$place/opt/tux/lib "$place/program" > "$place/output"
}

package=libtux
rm -rf "$place"
mkdir -p "$place"
make_it install
result $? "make install"
export PKG_CONFIG_PATH="$place/opt/tux/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$place"

cat > "$place/program.c" << 'END'
#include <stdio.h>
#include <sys/tuxmodule.h>

TUXAPI_declare;

void TUXAPI_init(void)
{
}

int TUXAPI_handle_events(user_req_t *req)
{
	return tux(TUX_ACTION_FINISH_REQ, req);
}

int main(void)
{
	TUXAPI_init();
	return printf("%s %s\n", TUXAPI_version, tux_transport()) < 0;
}
END
build "$place/program.c"
result $? "a program builds and runs with the installed library"
grep -q '^TUX/.* ioctl$' "$place/output"
result $? "and gets what it should"
build "$place/program.c" -static
result $? "the same with the static library"
cp "$place/program.c" "$place/program.cc"
if "$compiler" -x c++ -fsyntax-only /dev/null 2> /dev/null; then
	build "$place/program.cc" -x c++
	result $? "the headers are C++, too"
else
	number=$((number + 1))
	echo "ok $number - the headers are C++, too # SKIP there is no C++ compiler"
fi

cat > "$place/program.c" << 'END'
#include <tuxmodule.h>

int main(void)
{
	user_req_t req = { .post_data = TUXAPI_version };

	req.object_addr = req.post_data;
	req.event = tux(TUX_ACTION_FINISH_REQ, &req);
	return printf("%s %d %d\n", req.object_addr, req.event, TUXAPI_layout) < 0;
}
END
package=libtux-2
build "$place/program.c"
result $? "a program of TUX 2 builds and runs with libtux-2"
grep -q '^TUX/.* -1 2$' "$place/output"
result $? "and gets what it should"
build "$place/program.c" -static
result $? "the same with the static library"
package=libtux

# What libtux.map names, the library has; what it has, libtux.map names, and a manual page explains.
sed -n 's/^\t\([A-Za-z0-9_]*\);/\1/p' "$here/../libtux.map" | sort > "$place/wanted"
nm -D --defined-only --without-symbol-versions "$place/opt/tux/lib/libtux.so" |
	sed -n 's/.* [A-Z] \([a-zT].*\)/\1/p' | sort > "$place/found"
diff "$place/wanted" "$place/found" >&2
result $? "the library exports what libtux.map says"
missing=$(while read -r symbol; do
	[ -e "$place/opt/tux/share/man/man2/$symbol.2" ] ||
		[ -e "$place/opt/tux/share/man/man3/$symbol.3" ] ||
		grep -q "$symbol" "$place/opt/tux/share/man/man3/tuxmodule.3" || echo "$symbol"
done < "$place/wanted")
[ -z "$missing" ] || echo "without a page: $missing" >&2
[ -z "$missing" ]
result $? "every symbol has a manual page"
objdump -p "$place/opt/tux/lib/libtux.so" | grep -q 'SONAME *libtux.so.4$'
result $? "the library has its name"
release=$("$place/opt/tux/sbin/tuxctl" version | sed -n 's/^tuxctl *//p')
[ "$release" = "$(pkg-config --modversion libtux)" ]
result $? "tuxctl runs from there, and is of the same release"

make -s -C "$here/../../examples/modules" TREE= O="$place/modules" CC="$compiler" \
	WARNINGS="-Wall -Wextra -Werror" >&2
result $? "the example modules build with the installed library"

rm -rf "$place/modules"
rm -f "$place"/program* "$place/output" "$place/wanted" "$place/found"
make_it uninstall
result $? "make uninstall"
[ -z "$(find "$place" ! -type d)" ]
result $? "leaves no file behind"
echo "1..$number"
