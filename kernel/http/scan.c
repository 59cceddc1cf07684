// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking for the end of a head that comes in pieces.
 *
 * Called with the new bytes of each segment when http_request_parse() could not find a whole head
 * in the first one, so that even a head sent byte by byte is read only once here and once there.
 * Checks no more than what tells the end for certain.  No locks: the state belongs to the
 * connection.
 */
#include "parse.h"

#include "chars.h"

#define BAD (-HTTP_STATUS_BAD_REQUEST)

enum scan_state {
	SCAN_START,		/* before the request line */
	SCAN_EMPTY_LF,		/* after the CR of an empty line */
	SCAN_LINE,		/* in the request line */
	SCAN_LINE_LF,		/* after its CR */
	SCAN_FIELD_START,	/* at the first byte of a field line, or of the blank line */
	SCAN_FIELD,		/* in a field line */
	SCAN_FIELD_LF,		/* after its CR */
	SCAN_END_LF,		/* after the CR of the blank line */
	SCAN_END,
};

void http_scan_init(struct http_scan *scan)
{
	*scan = (struct http_scan){ .state = SCAN_START };
}

/* The first byte that is not SP or VCHAR. */
static const char *skip_line(const char *at, const char *end)
{
	while (at < end && (u8)(*at - 0x20) < 0x7f - 0x20)
		at++;
	return at;
}

/* Bytes between lines: where the grammar allows one byte or two. */
static int step(struct http_scan *scan, char byte)
{
	switch (scan->state) {
	case SCAN_START:
		if (byte == '\r' && scan->empty_lines < HTTP_EMPTY_LINES_MAX)
			scan->state = SCAN_EMPTY_LF;
		else if (http_char_is(byte, HTTP_CHAR_TOKEN))
			scan->state = SCAN_LINE;
		else
			return BAD;
		return 0;
	case SCAN_EMPTY_LF:
		scan->empty_lines++;
		scan->state = SCAN_START;
		break;
	case SCAN_FIELD_START:
		if (byte == '\r')
			scan->state = SCAN_END_LF;
		else if (http_char_is(byte, HTTP_CHAR_TOKEN))
			scan->state = SCAN_FIELD;
		else
			return BAD;
		return 0;
	case SCAN_LINE:
	case SCAN_FIELD:
		scan->state++;
		return byte == '\r' ? 0 : BAD;
	case SCAN_LINE_LF:
	case SCAN_FIELD_LF:
		scan->state = SCAN_FIELD_START;
		break;
	case SCAN_END_LF:
		scan->state = SCAN_END;
		break;
	default:
		return BAD;
	}
	return byte == '\n' ? 0 : BAD;
}

/* The request line is too long when more of it has been seen than the limit, line end apart. */
static bool line_too_long(const struct http_scan *scan, u32 seen, u32 limit_line)
{
	return scan->state == SCAN_LINE && seen - 2u * scan->empty_lines > limit_line;
}

int http_head_scan(struct http_scan *scan, const char *bytes, size_t length, u32 limit_line,
		   u32 limit_head)
{
	u32 limit = limit_head < HTTP_HEAD_MAX ? limit_head : HTTP_HEAD_MAX;
	u32 room = scan->seen < limit ? limit - scan->seen : 0;
	const char *end = bytes + (length < room ? length : room);
	const char *at = bytes;
	int result = 0;

	while (at < end && !result && scan->state != SCAN_END) {
		if (scan->state == SCAN_LINE)
			at = skip_line(at, end);
		else if (scan->state == SCAN_FIELD)
			at = http_skip_value(at, end);
		if (line_too_long(scan, scan->seen + (at - bytes), limit_line))
			return -HTTP_STATUS_URI_TOO_LONG;
		if (at < end)
			result = step(scan, *at++);
	}
	scan->seen += at - bytes;
	if (result)
		return result;
	if (scan->state == SCAN_END)
		return scan->seen;
	if (line_too_long(scan, scan->seen, limit_line))
		return -HTTP_STATUS_URI_TOO_LONG;
	if (length > room)
		return scan->state <= SCAN_LINE_LF ? -HTTP_STATUS_URI_TOO_LONG :
						     -HTTP_STATUS_HEADERS_TOO_LARGE;
	return 0;
}
