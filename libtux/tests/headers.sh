#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# headers.sh OUT SOURCES COMPILER...: what sources of modules find in the headers, in both modes.
# COMPILER... is a command, with warnings as errors, that gets options and a source added.  Writes
# TAP.
set -u

out=$1
sources=$2
shift 2
number=0
mkdir -p "$out"

result()
{
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		cat "$out/errors" >&2
	fi
}

# refuses TEXT: the compiler has failed, and its messages have the text.
refuses()
{
	[ "$1" != 0 ] && grep -qF -e "$2" "$out/errors"
}

"$@" -fPIC -DTUX_API=2 -c -o "$out/two.o" "$sources/module2.c" > "$out/errors" 2>&1
result $? "a module of TUX 2 compiles without a warning in mode 2"
"$@" -fPIC -c -o "$out/three.o" "$sources/module3.c" > "$out/errors" 2>&1
result $? "a module of TUX 3 compiles without a warning in mode 3, which needs no word"
"$@" -DTUX_API=3 -c -o "$out/three.again.o" "$sources/module3.c" > "$out/errors" 2>&1
result $? "or has the word TUX_API=3"
"$@" -c -o "$out/wrong.o" "$sources/module2.c" > "$out/errors" 2>&1
refuses $? post_data
result $? "a module of TUX 2 is not taken for one of TUX 3"
"$@" -DTUX_API=4 -c -o "$out/wrong.o" "$sources/module3.c" > "$out/errors" 2>&1
refuses $? "TUX_API is the layout of user_req_t: 2 or 3"
result $? "there is no mode 4"
"$@" -DTUX_API=2 -include linux/tux.h -c -o "$out/wrong.o" "$sources/module2.c" \
	> "$out/errors" 2>&1
refuses $? "instead of <linux/tux.h>"
result $? "in mode 2, <linux/tux.h> must not come first"

nm "$out/two.o" "$out/three.o" > "$out/errors"
nm -u "$out/two.o" | grep -qw tux_v2 && ! nm -u "$out/two.o" | grep -qw tux
result $? "mode 2 calls the tux() that converts"
nm -u "$out/two.o" | grep -qw TUXAPI_alloc_read_objectbuf_v2
result $? "and the buffers that do"
nm -u "$out/three.o" | grep -qw tux && ! nm -u "$out/three.o" | grep -q _v2
result $? "mode 3 calls tux()"
cat > "$out/ask.c" << 'END'
#include <dlfcn.h>

int main(int argc, char **argv)
{
	void *module = argc > 1 ? dlopen(argv[1], RTLD_LAZY) : 0;
	int *layout = module ? dlsym(module, "TUXAPI_layout") : 0;

	return layout ? *layout : 100;
}
END
"$@" -o "$out/ask" "$out/ask.c" > "$out/errors" 2>&1
for mode in two:2 three:3; do
	"$@" -shared -Wl,-z,lazy -o "$out/marked.so" "$out/${mode%:*}.o" > "$out/errors" 2>&1 &&
		nm -D "$out/marked.so" | grep -q ' V TUXAPI_layout$' &&
		"$out/ask" "$out/marked.so"
	[ $? = "${mode#*:}" ]
	result $? "the layout of a module of mode ${mode#*:} can be read from it"
done
"$@" -fPIC -shared -o "$out/both.so" "$out/three.o" "$sources/more3.c" > "$out/errors" 2>&1
result $? "a module may have several files"

for mode in 2 3; do
	"$@" -DTUX_API=$mode -M "$sources/empty.c" > "$out/errors" 2>&1
	for header in stdio unistd sys/types sys/wait sys/mman sys/socket sys/time netinet/in \
		netinet/tcp netdb errno malloc fcntl time ctype stdlib string tux; do
		grep -q "/$header\.h" "$out/errors"
		result $? "mode $mode: <tuxmodule.h> includes <$header.h>"
	done
	! grep -q 'arpa/inet\.h' "$out/errors"
	result $? "mode $mode: and not <arpa/inet.h>"
	"$@" -DTUX_API=$mode -DTUX_DEBUG=1 -c -o "$out/names.o" "$sources/names.c" \
		> "$out/errors" 2>&1
	result $? "mode $mode: every name that modules use is there"
done
echo "1..$number"
