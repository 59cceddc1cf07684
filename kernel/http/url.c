// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paths: from a request target to a file name, and back.
 *
 * Called for each request before the file is looked up; the file system never sees a byte that
 * did not pass here.  No locks: works on memory of the caller.
 */
#include "url.h"

#include "chars.h"

/**
 * struct path_writer - The name that is being written.
 *
 * Every finished segment is followed by a slash, so that the last one can be replaced by NUL.
 */
struct path_writer {
	/** @start: First byte of the name. */
	char *start;
	/** @segment: First byte of the segment that is being written. */
	char *segment;
	/** @at: Next byte to write. */
	char *at;
	/** @end: First byte past the memory. */
	char *end;
	/** @dots: The last segment was "." or "..". */
	bool dots;
};

static int decode(struct path_writer *writer, const char *in, const char *in_end)
{
	int high;
	int low;

	if (in_end - in < 3)
		return -HTTP_STATUS_BAD_REQUEST;
	high = http_char_hex(in[1]);
	low = http_char_hex(in[2]);
	if (high < 0 || low < 0 || !(high | low))
		return -HTTP_STATUS_BAD_REQUEST;
	if ((high << 4 | low) == '/')
		return -HTTP_STATUS_NOT_FOUND;
	if (writer->at == writer->end)
		return -HTTP_STATUS_URI_TOO_LONG;
	*writer->at++ = high << 4 | low;
	return 0;
}

static int finish_segment(struct path_writer *writer)
{
	size_t length = writer->at - writer->segment;

	writer->dots = length && length <= 2 && writer->segment[0] == '.' &&
		       writer->segment[length - 1] == '.';
	if (writer->dots) {
		writer->at = writer->segment;
		if (length == 1)
			return 0;
		if (writer->at == writer->start)
			return -HTTP_STATUS_BAD_REQUEST;
		for (writer->at--; writer->at > writer->start && writer->at[-1] != '/';)
			writer->at--;
	} else if (length) {
		if (writer->at == writer->end)
			return -HTTP_STATUS_URI_TOO_LONG;
		*writer->at++ = '/';
	}
	writer->segment = writer->at;
	return 0;
}

/* Copies bytes without a meaning of their own, as many as there are and as fit. */
static const char *copy_plain(struct path_writer *writer, const char *in, const char *in_end)
{
	char *at = writer->at;

	if (writer->end - at < in_end - in)
		in_end = in + (writer->end - at);
	while (in < in_end && http_char_is(*in, HTTP_CHAR_PATH))
		*at++ = *in++;
	writer->at = at;
	return in;
}

/*
 * Is this a path of at least nine bytes that names what it says: no escapes, no dot segments, no
 * repeated slashes?  May also say no to one that is.  Words overlap by a byte, so that every pair
 * of neighbours is seen in one of them.
 */
static bool is_literal(const char *path, size_t length)
{
	const char *last;
	u64 marks;

	if (length < 9 || *path != '/')
		return false;
	for (last = path + length - 8;; path = last - path > 7 ? path + 7 : last) {
		u64 word = http_word_load(path);
		/* "." and "/" differ in the lowest bit only. */
		u64 after_slash = http_word_equal(word | HTTP_WORD_ONES, '/');

		marks = http_word_below(word, 1) | http_word_equal(word, '%') |
			(http_word_equal(word, '/') << 8 & after_slash);
		if (marks || path == last)
			return !marks;
	}
}

/* The name in a literal path is the path without the slashes at its ends. */
static int copy_literal(const char *path, size_t length, char *out, bool *directory)
{
	*directory = path[length - 1] == '/';
	length -= 1 + *directory;
	memcpy(out, path + 1, length);
	out[length] = '\0';
	return length;
}

int http_url_path(const char *path, size_t length, char *out, size_t size, bool *directory)
{
	struct path_writer writer = {
		.start = out, .segment = out, .at = out, .end = out + size,
	};
	const char *end = path + length;
	size_t consumed = 0;
	int result;

	if (likely(length <= size && is_literal(path, length)))
		return copy_literal(path, length, out, directory);
	if (!size)
		return -HTTP_STATUS_URI_TOO_LONG;
	if (length && *path != '/')
		return -HTTP_STATUS_BAD_REQUEST;
	*directory = !length || end[-1] == '/';
	while (path < end) {
		path = copy_plain(&writer, path, end);
		if (path == end)
			break;
		if (*path == '/') {
			result = finish_segment(&writer);
			consumed = 1;
		} else if (*path == '%') {
			result = decode(&writer, path, end);
			consumed = 3;
		} else {
			result = *path ? -HTTP_STATUS_URI_TOO_LONG : -HTTP_STATUS_BAD_REQUEST;
		}
		if (result)
			return result;
		path += consumed;
	}
	result = finish_segment(&writer);
	if (result)
		return result;
	*directory |= writer.dots;
	if (writer.at > out)
		writer.at--;
	*writer.at = '\0';
	return writer.at - out;
}

int http_url_encode(char *out, size_t size, const char *path, size_t length)
{
	static const char digits[] = "0123456789ABCDEF";
	char *end = out + size;
	char *at = out;
	size_t i;

	for (i = 0; i < length; i++) {
		u8 byte = path[i];
		bool plain = http_char_is(byte, HTTP_CHAR_UNRESERVED) || byte == '/';

		if (end - at < (plain ? 1 : 3))
			return -HTTP_STATUS_URI_TOO_LONG;
		if (plain) {
			*at++ = byte;
			continue;
		}
		*at++ = '%';
		*at++ = digits[byte >> 4];
		*at++ = digits[byte & 15];
	}
	return at - out;
}
