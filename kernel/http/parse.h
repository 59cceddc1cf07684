/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The head of a request: request line and header fields (RFC 9112 sections 2 to 7 and 11).
 *
 * http_request_parse() reads a whole head and describes it by offsets into the caller's memory;
 * it copies nothing.  When the first bytes do not hold a whole head, http_head_scan() finds its
 * end, seeing each byte once, and http_request_parse() is called once more when it is whole.
 *
 * Ambiguity is refused and never guessed: what two programs could read as two different requests
 * is answered with 400, and the connection must then be closed because nobody can tell where the
 * next request begins.
 */
#ifndef HTTP_PARSE_H
#define HTTP_PARSE_H

#include "env.h"
#include "status.h"

/** define HTTP_HEAD_MAX - Longest head that can be described, in bytes; spans are 16 bits. */
#define HTTP_HEAD_MAX 65535

/** define HTTP_FIELDS_MAX - Most header field lines of one head; more are answered with 431. */
#define HTTP_FIELDS_MAX 100

/** define HTTP_EMPTY_LINES_MAX - Empty lines skipped before a request line (RFC 9112 2.2). */
#define HTTP_EMPTY_LINES_MAX 4

/*
 * enum http_method - Methods told apart (RFC 9110 section 9, RFC 5789).
 *
 * Names are case-sensitive.  Every other token is HTTP_METHOD_UNKNOWN, to be answered with 501.
 */
enum http_method {
	HTTP_METHOD_UNKNOWN,
	HTTP_METHOD_GET,
	HTTP_METHOD_HEAD,
	HTTP_METHOD_POST,
	HTTP_METHOD_PUT,
	HTTP_METHOD_DELETE,
	HTTP_METHOD_CONNECT,
	HTTP_METHOD_OPTIONS,
	HTTP_METHOD_TRACE,
	HTTP_METHOD_PATCH,
};

/**
 * enum http_target - Forms of a request target (RFC 9112 section 3.2).
 */
enum http_target {
	/** @HTTP_TARGET_ORIGIN: "/path?query". */
	HTTP_TARGET_ORIGIN,
	/** @HTTP_TARGET_ABSOLUTE: "http://host/path?query". */
	HTTP_TARGET_ABSOLUTE,
	/** @HTTP_TARGET_AUTHORITY: "host:port", only and always with CONNECT. */
	HTTP_TARGET_AUTHORITY,
	/** @HTTP_TARGET_ASTERISK: "*", only with OPTIONS. */
	HTTP_TARGET_ASTERISK,
};

/* enum http_header - Header fields that the parser recognises. */
enum http_header {
	HTTP_HEADER_ACCEPT,
	HTTP_HEADER_ACCEPT_CHARSET,
	HTTP_HEADER_ACCEPT_ENCODING,
	HTTP_HEADER_ACCEPT_LANGUAGE,
	HTTP_HEADER_CACHE_CONTROL,
	HTTP_HEADER_CONNECTION,
	HTTP_HEADER_CONTENT_LENGTH,
	HTTP_HEADER_CONTENT_TYPE,
	HTTP_HEADER_COOKIE,
	HTTP_HEADER_EXPECT,
	HTTP_HEADER_HOST,
	HTTP_HEADER_IF_MATCH,
	HTTP_HEADER_IF_MODIFIED_SINCE,
	HTTP_HEADER_IF_NONE_MATCH,
	HTTP_HEADER_IF_RANGE,
	HTTP_HEADER_IF_UNMODIFIED_SINCE,
	HTTP_HEADER_NEGOTIATE,
	HTTP_HEADER_PRAGMA,
	HTTP_HEADER_RANGE,
	HTTP_HEADER_REFERER,
	HTTP_HEADER_TRANSFER_ENCODING,
	HTTP_HEADER_UPGRADE,
	HTTP_HEADER_USER_AGENT,
	HTTP_HEADER_COUNT,
	/* Any other name. */
	HTTP_HEADER_OTHER = HTTP_HEADER_COUNT,
};

/**
 * struct http_span - A piece of a head.
 */
struct http_span {
	/** @offset: Bytes from the start of the head to the piece. */
	u16 offset;
	/** @length: Bytes of the piece. */
	u16 length;
};

/**
 * struct http_request - What a head says.
 *
 * Written by http_request_parse(), constant after that.  All spans count from the @head that was
 * given to it, and stay right as long as the caller keeps a copy of those bytes.
 */
struct http_request {
	/** @content_length: Value of Content-Length in bytes; 0 without one. */
	u64 content_length;
	/** @present: Bit (1 << enum http_header) for each recognised field of the head. */
	u32 present;
	/** @repeated: The same for fields that came more than once; @fields has the first. */
	u32 repeated;
	/** @head_length: Bytes of the head with its blank line and any empty lines before it. */
	u32 head_length;
	/** @line_length: Bytes of the request line without its line end. */
	u16 line_length;
	/** @field_count: Number of header field lines. */
	u16 field_count;
	/** @fields_offset: Where the first header field line begins. */
	u16 fields_offset;
	/** @host_port: Port named with @host, or 0. */
	u16 host_port;
	/** @method_name: The method as it was sent. */
	struct http_span method_name;
	/** @target: The whole request target as it was sent. */
	struct http_span target;
	/** @authority: "host[:port]" of a target in absolute or authority form. */
	struct http_span authority;
	/** @path: Path of the target, still encoded; empty means "/" (absolute form only). */
	struct http_span path;
	/** @query: What follows the first "?"; see @has_query. */
	struct http_span query;
	/** @host: Name or address asked for, from the target or else from Host; may be empty. */
	struct http_span host;
	/** @fields: Values of the recognised fields without white space around; see @present. */
	struct http_span fields[HTTP_HEADER_COUNT];
	/** @method: enum http_method. */
	u8 method;
	/** @version_minor: 0 for HTTP/1.0, 1 for HTTP/1.1 and later versions of HTTP/1. */
	u8 version_minor;
	/** @form: enum http_target. */
	u8 form;
	/** @has_query: The target has a "?", even if nothing follows it. */
	bool has_query;
	/** @has_content_length: The body is @content_length bytes long. */
	bool has_content_length;
	/** @chunked: The body comes in chunks (chunk.h). */
	bool chunked;
	/** @expect_continue: The client waits for 100 (Continue) before it sends the body. */
	bool expect_continue;
	/** @keep_alive: The connection can be used again after this request (RFC 9112 9.3). */
	bool keep_alive;
};

/**
 * http_request_has() - Has the head this field?
 * @request: A parsed head.
 * @header: A recognised field.
 *
 * Context: Any context.
 * Return: True if it came at least once, even with an empty value.
 */
static inline bool http_request_has(const struct http_request *request, enum http_header header)
{
	return request->present & (1u << header);
}

/**
 * http_request_has_body() - Do bytes of a body follow the head?
 * @request: A parsed head.
 *
 * Context: Any context.
 * Return: True unless the next byte belongs to the next request.
 */
static inline bool http_request_has_body(const struct http_request *request)
{
	return request->chunked || request->content_length;
}

/**
 * http_request_limits() - Check a parsed head against the limits of http_head_scan().
 * @request: A parsed head.
 * @limit_line: Longest request line in bytes, without its line end.
 * @limit_head: Longest head in bytes, with its blank line.
 *
 * For heads that arrived whole, so that http_head_scan() never saw them.
 *
 * Context: Any context.
 * Return: 0, -HTTP_STATUS_URI_TOO_LONG or -HTTP_STATUS_HEADERS_TOO_LARGE.
 */
static inline int http_request_limits(const struct http_request *request, u32 limit_line,
				      u32 limit_head)
{
	if (request->line_length > limit_line)
		return -HTTP_STATUS_URI_TOO_LONG;
	if (request->head_length > limit_head)
		return -HTTP_STATUS_HEADERS_TOO_LARGE;
	return 0;
}

/**
 * http_request_parse() - Read the head of a request.
 * @request: Where to store what it says; always overwritten.
 * @head: First byte after the previous request.
 * @length: Bytes at @head; may hold more than the head, or less.
 *
 * After an error or an incomplete head only @method, @version_minor and @head_length of the
 * request mean something, as far as they were read: they say how to shape the error answer.
 * A negative result always means that the end of the request is not known, so the connection
 * must be closed after the answer.  An unknown method is no error here.
 *
 * Context: Any context.
 * Return: Length of the head with its blank line; 0 if bytes are missing; or negative:
 *         -HTTP_STATUS_BAD_REQUEST, -HTTP_STATUS_EXPECTATION_FAILED,
 *         -HTTP_STATUS_HEADERS_TOO_LARGE (more than HTTP_HEAD_MAX bytes or HTTP_FIELDS_MAX
 *         fields), -HTTP_STATUS_NOT_IMPLEMENTED (a transfer coding before chunked) or
 *         -HTTP_STATUS_VERSION_UNSUPPORTED.
 */
int http_request_parse(struct http_request *request, const char *head, size_t length);

/**
 * struct http_field - One header field line of a head.
 */
struct http_field {
	/** @name: The name as it was sent. */
	struct http_span name;
	/** @value: The value without white space around; may be empty. */
	struct http_span value;
	/** @header: enum http_header; HTTP_HEADER_OTHER if not recognised. */
	u8 header;
};

/**
 * http_field_next() - Walk over the header field lines of a parsed head.
 * @request: Result of http_request_parse() > 0.
 * @head: The same bytes that were parsed.
 * @offset: Start with @request->fields_offset; moved to the next line.
 * @field: Where to store the line.
 *
 * Context: Any context.
 * Return: True if there was a line, false at the blank line.
 */
bool http_field_next(const struct http_request *request, const char *head, u32 *offset,
		     struct http_field *field);

/**
 * struct http_scan - How far the search for the end of a head has come.
 */
struct http_scan {
	/** @seen: Bytes seen so far, from the first byte after the previous request. */
	u32 seen;
	/** @state: Place in the head; private to scan.c. */
	u8 state;
	/** @empty_lines: Empty lines before the request line. */
	u8 empty_lines;
};

/**
 * http_scan_init() - Begin to look for the end of a head.
 * @scan: State to set up; owned by the connection.
 *
 * Context: Any context.
 */
void http_scan_init(struct http_scan *scan);

/**
 * http_head_scan() - Look for the end of a head in bytes not seen before.
 * @scan: State of the search, carried from call to call.
 * @bytes: The byte after the last one seen.
 * @length: Number of new bytes.
 * @limit_line: Longest request line in bytes, without its line end.
 * @limit_head: Longest head in bytes, with its blank line and empty lines before it.
 *
 * Finds the same end as http_request_parse() and refuses no head that it accepts, limits apart.
 * What cannot become a request is refused at its first wrong byte.  After a result other than 0
 * the state must be set up anew.
 *
 * Context: Any context.
 * Return: Length of the whole head; 0 if more bytes are needed; or -HTTP_STATUS_BAD_REQUEST,
 *         -HTTP_STATUS_URI_TOO_LONG or -HTTP_STATUS_HEADERS_TOO_LARGE.
 */
int http_head_scan(struct http_scan *scan, const char *bytes, size_t length, u32 limit_line,
		   u32 limit_head);

#endif
