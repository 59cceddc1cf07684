#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# example-modules.sh OUT TREE BUILD COMPILER: the example modules build in the tree
# without a warning, and are what a loader wants.  Writes TAP.
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
	if grep -q TUXAPI_handle_events "$source"; then
		"$out/load" "$out/$name.tux" > "$out/errors" 2>&1
		[ $? = $wanted ]
		result $? "$name.tux loads, in layout $wanted"
	fi
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
# drives MODULE ANSWER ENDING ARGUMENT...: the response to one request, without dates.
drives()
{
	module=$1
	answer=$2
	ending=$3
	shift 3
	(cd "$out/root" && "$build/tests/drive" "$out/$module.tux" "$@") 2> "$out/errors" |
		tr -d '\r' | sed '/^Date: /d' > "$out/answer"
	printf '%b' "$answer" | diff - "$out/answer" >> "$out/errors" &&
		[ "$(head -n 1 "$out/errors")" = "$ending" ]
	result $? "$module.tux: $*"
}

mkdir -p "$out/root"
printf '<p><!-- ad -->!\n' > "$out/root/page"
printf 'plain\n' > "$out/root/file"
: > "$out/root/empty"
export POSTLOG="$out/log"
plain='Content-Type: text/plain\n'
html='Content-Type: text/html\n'
cookie='Cache-Control: no-store\nSet-Cookie: visits='
ok='HTTP/1.1 200 OK\n'
not_allowed='HTTP/1.1 405 Method Not Allowed\n'
drives hello "$ok${plain}Content-Length: 12\n\nHello world\n" 'finished 200' GET ''
drives hello "$ok${plain}Content-Length: 10\n\nHello A B\n" 'finished 200' GET 'name=A+%42'
drives demo2 "$ok${plain}Content-Length: 3\n\ncba" 'finished 200' GET abc
drives demo2 "$ok${plain}Content-Length: 3\n\n" 'finished 200' HEAD abc
drives demo2 "$ok${plain}Content-Length: 4\n\nydob" 'finished 200' POST abc '' body
drives demo2 "${not_allowed}Allow: GET, HEAD, POST\nContent-Length: 0\nConnection: close\n\n" \
	'closed 405' PUT abc
page='<p>Penguins wear black tie. Do you?!\n'
drives adrotate "$ok${html}Content-Length: 37\n${cookie}1\n\n$page" 'finished 200' GET page=page
drives adrotate "$ok${html}Content-Length: 25\n${cookie}3\n\n<p>Ice, freshly broken.!\n" \
	'finished 200' GET page=page 'other=1; visits=2'
drives adrotate "$ok${html}Content-Length: 25\n${cookie}3\n\n" 'finished 200' \
	HEAD page=page visits=2
drives adrotate "$ok${html}Content-Length: 6\n${cookie}8\n\nplain\n" 'finished 200' \
	GET file=file visits=7
drives adrotate "$ok${html}Content-Length: 0\n${cookie}1\n\n" 'finished 200' GET file=empty
drives adrotate "HTTP/1.1 404 Not Found\n${plain}Content-Length: 23\n\nThere is no such page.\n" \
	'finished 404' GET file=nothing
drives postlog "$ok${plain}Content-Length: 8\n\nLogged.\n" 'finished 200' POST '' '' 'a line
and another'
drives postlog "${not_allowed}Content-Length: 0\nAllow: POST\n\n" 'finished 405' GET ''
grep -q '^[0-9]* 00000000 - 18 a line\.and another$' "$out/log" && [ "$(wc -l < "$out/log")" = 1 ]
result $? "postlog.tux writes a line for each POST"
drives counter "$ok${plain}Content-Length: 7\n\n1 of 1\n" 'finished 200' GET ''
disposition='Content-Disposition: attachment; filename="file"\n'
octets='Content-Type: application/octet-stream\n'
drives download "$ok${octets}Content-Length: 6\n${disposition}\nplain\n" 'finished 200' \
	GET file=file
drives download "HTTP/1.1 400 Bad Request\n${plain}Content-Length: 16\n\nSay ?file=NAME.\n" \
	'finished 400' GET ''
drives slow "$ok${plain}Content-Length: 17\n\nThat took 20 ms.\n" 'finished 200' GET ms=20
drives direct "$ok${plain}Content-Length: 5\nConnection: keep-alive\n\nabcde" 'finished 200' GET 5
(cd "$out" && "$build/tests/drive" ./direct.tux GET 1000000 2> errors) | { sleep 0.2; cat; } |
	tail -c 1000000 | tr -d '\n' | tr -s 'a-z' > "$out/answer"
[ "$(wc -c < "$out/answer")" = 984375 ]
result $? "direct.tux sends what the socket does not take at once"
(cd "$out" && "$build/tests/drive" ./demo3.tux GET a=b c=d) > "$out/answer" 2> "$out/errors"
tr -d '\r' < "$out/answer" > "$out/text"
[ "$(sed -n 's/^Content-Length: //p' "$out/text")" = "$(sed '1,/^$/d' "$out/text" | wc -c)" ] &&
	grep -qx 'query a=b' "$out/text" && grep -qx 'cookies c=d' "$out/text"
result $? "demo3.tux shows the request"

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
