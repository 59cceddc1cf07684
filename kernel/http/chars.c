// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of character classes.
 *
 * Used by everything here that reads input.  Constant, so no locks.  Bytes without an entry are
 * control characters, which belong to no class but the one of path bytes, where only NUL, "%" and
 * "/" have a meaning.
 */
#include "chars.h"

#define TOKEN HTTP_CHAR_TOKEN
#define PATH HTTP_CHAR_PATH
#define VALUE (HTTP_CHAR_VALUE | PATH)
#define TARGET (HTTP_CHAR_TARGET | VALUE)
#define DELIMITER (HTTP_CHAR_HOST | TARGET)
#define UNRESERVED (HTTP_CHAR_UNRESERVED | HTTP_CHAR_HOST | TARGET | TOKEN)

const u8 http_char_class[256] = {
	[0x01 ... 0x08] = PATH,
	['\t'] = VALUE,
	[0x0a ... 0x1f] = PATH,
	[' '] = VALUE,
	['!'] = DELIMITER | TOKEN,
	['"'] = TARGET,
	['#'] = VALUE | TOKEN,
	['$'] = DELIMITER | TOKEN,
	['%'] = (TARGET | TOKEN) & ~PATH,
	['&'] = DELIMITER | TOKEN,
	['\''] = DELIMITER | TOKEN,
	['('] = DELIMITER,
	[')'] = DELIMITER,
	['*'] = DELIMITER | TOKEN,
	['+'] = DELIMITER | TOKEN,
	[','] = DELIMITER,
	['-'] = UNRESERVED,
	['.'] = UNRESERVED,
	['/'] = TARGET & ~PATH,
	['0' ... '9'] = UNRESERVED | HTTP_CHAR_DIGIT,
	[':'] = TARGET,
	[';'] = DELIMITER,
	['<'] = TARGET,
	['='] = DELIMITER,
	['>'] = TARGET,
	['?'] = TARGET,
	['@'] = TARGET,
	['A' ... 'Z'] = UNRESERVED,
	['['] = TARGET,
	['\\'] = TARGET,
	[']'] = TARGET,
	['^'] = TARGET | TOKEN,
	['_'] = UNRESERVED,
	['`'] = TARGET | TOKEN,
	['a' ... 'z'] = UNRESERVED,
	['{'] = TARGET,
	['|'] = TARGET | TOKEN,
	['}'] = TARGET,
	['~'] = UNRESERVED,
	[0x7f] = PATH,
	[0x80 ... 0xff] = VALUE,
};
