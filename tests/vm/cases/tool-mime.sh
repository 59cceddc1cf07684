#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=tool
#
# MIME types from a file, and without one.
. "$CASES/tool.lib"

make_site
for name in a.html a.penguin a.PENGUIN a.nothing; do
	echo x > "$root/$name"
done
type_of()
{
	curl -sS --max-time 30 -o /dev/null -w '%{content_type}' "$url/$1"
}
tuxd_start()
{
	tuxd --docroot "$root" --listen "127.0.0.1:$port" "$@"
}

cat > types <<'END'
# a comment
application/x-penguin	penguin pngn	# and another
text/x-own		html
nonsense line
END
printf 'text/x-long %0300d\n' 1 >> types
check "tuxd as a daemon returns when it serves" tuxd_start --mime-types types
check "a type of the file" is application/x-penguin "$(type_of a.penguin)"
check "in any case" is application/x-penguin "$(type_of a.PENGUIN)"
check "the file wins over the kernel's table" is text/x-own "$(type_of a.html)"
check "what is in neither has the default type" is text/plain "$(type_of a.nothing)"
tuxctl shutdown
check "without the file the kernel's table serves" tuxd_start --mime-types /nowhere
check "for what it knows" is text/html "$(type_of a.html)"
check "and nothing else" is text/plain "$(type_of a.penguin)"
tuxctl shutdown
finish
