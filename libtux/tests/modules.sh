#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# modules.sh OUT TREE BUILD COMPILER: the example modules build in the tree without a warning, and
# are what a loader wants.  Writes TAP.
set -u

out=$1
tree=$2
build=$3
compiler=$4
number=0
rm -rf "$out"
mkdir -p "$out"
: > "$out/errors"

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

make -s -C "$tree/examples/modules" TREE="$tree" TREE_BUILD="$build" O="$out" CC="$compiler" \
	WARNINGS="-Wall -Wextra -Wshadow -Werror" > "$out/errors" 2>&1
result $? "make builds the example modules"

cat > "$out/load.c" << 'END'
#include <dlfcn.h>
#include <stdio.h>

/* The layout of a module that has all that it needs, 0 for others. */
int main(int argc, char **argv)
{
	void *module = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
	int *layout = module ? dlsym(module, "TUXAPI_layout") : NULL;

	if (!module)
		fprintf(stderr, "%s\n", dlerror());
	if (!layout || !dlsym(module, "TUXAPI_init") || !dlsym(module, "TUXAPI_handle_events"))
		return 0;
	return *layout;
}
END
"$compiler" -o "$out/load" "$out/load.c" > "$out/errors" 2>&1
for source in "$tree"/examples/modules/*.c; do
	name=$(basename "$source" .c)
	wanted=3
	! grep -q '^#define TUX_API 2$' "$source" || wanted=2
	"$out/load" "$out/$name.tux" > "$out/errors" 2>&1
	[ $? = $wanted ]
	result $? "$name.tux loads, in layout $wanted"
	grep -q "^| \`modules/$name.c\` |" "$tree/examples/README.md"
	result $? "$name.c has a row in the README"
	head -n 1 "$source" | grep -q 'SPDX-License-Identifier: MIT$'
	result $? "$name.c may be copied freely"
done
for source in "$tree"/examples/modules/*.c; do
	name=$(basename "$source" .c)
	grep -q '^int main(' "$source" || continue
	# There is no server here, or this user may not have the name: that is said in a line.
	"$out/$name" > "$out/errors" 2>&1 < /dev/null
	[ $? = 1 ] && [ "$(wc -l < "$out/errors")" = 1 ]
	result $? "$name is a program, too"
done
[ "$(wc -l < "$tree/examples/modules/hello.c")" -le 32 ]
result $? "hello.c fits on a card"

# Every member of the request is used in some example; the text of the header says which there are.
cat "$tree"/examples/modules/*.c > "$out/sources"
missing=$(sed -n '/^typedef struct user_req_s/,/^} user_req_t/p' "$tree/include/uapi/linux/tux.h" |
	sed -n 's/^\t[a-z_0-9]* \([a-z_]*\)[;[].*/\1/p' | while read -r member; do
	case $member in
	__pad) ;;
	*) grep -qE "(->|\.)$member\>" "$out/sources" || echo "$member" ;;
	esac
done)
printf 'not used: %s\n' "$missing" > "$out/errors"
[ -z "$missing" ]
result $? "the examples use every member of user_req_t"
grep -q 'post_data' "$out/sources"
result $? "and what TUX 2 had besides"
echo "1..$number"
