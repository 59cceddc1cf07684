/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a request: its parts, the values of its query, and its header fields.
 *
 * Texts are pieces of a buffer, with a length and no NUL behind them.  Nothing is copied that the
 * caller does not ask to be decoded.
 */
#ifndef _TUX_REQUEST_H
#define _TUX_REQUEST_H

#ifndef _TUX_H
#error "include <tux.h>"
#endif

/**
 * struct tux_string - A piece of text.
 */
struct tux_string {
	/** @text: Its first byte; NULL if there is nothing, not even an empty text. */
	const char *text;
	/** @length: Bytes. */
	size_t length;
};

/**
 * tux_make_string() - A terminated text as a piece.
 * @text: Such as req->query.
 *
 * Return: The piece, without the NUL.
 */
struct tux_string tux_make_string(const char *text);

/**
 * tux_read_request() - Ask the kernel for everything about the current request of this process.
 *
 * Return: What GET_REQUEST tells, with its buffer, to be freed with free(3); or NULL with errno
 *   set.
 */
struct tux_get_request *tux_read_request(void);

/**
 * tux_get_part() - A part of what GET_REQUEST told.
 * @request: As the kernel has filled it in.
 * @part: One of its texts, such as request->fields.
 *
 * Return: The piece of the buffer; nothing if the request does not have the part.
 */
struct tux_string tux_get_part(const struct tux_get_request *request, struct tux_text part);

/**
 * tux_decode_url() - Undo the encoding of a part of a URL.
 * @part: The part.  "%41" is A.
 * @plus: Whether "+" is a space, as it is in the query of a form.
 * @text: Where to store the plain text, with a NUL behind it.
 * @size: Bytes there.
 *
 * Return: Length of the plain text, which may have NULs in it; or -1 with errno set and an empty
 *   text: EINVAL if a "%" has no two hexadecimal digits behind it, ERANGE if it does not fit.
 */
ssize_t tux_decode_url(struct tux_string part, int plus, char *text, size_t size);

/**
 * tux_next_query() - Take the first name and value off a query.
 * @rest: The query, or the body of a form; afterwards what is left of it.
 * @name: What stands before the "="; encoded.
 * @value: What stands behind it; encoded; nothing if there is no "=".
 *
 * Return: 1, or 0 when nothing is left.
 */
int tux_next_query(struct tux_string *rest, struct tux_string *name, struct tux_string *value);

/**
 * tux_find_query() - The value of a name in a query, decoded.
 * @query: Such as tux_make_string(req->query).
 * @name: The plain name.  If it is there several times, the first counts.
 * @text: Where to store the value, with a NUL behind it.
 * @size: Bytes there.
 *
 * Return: Length of the value; or -1 with errno set: ENOENT if the name is not there, and then
 *   @text stays as it is; otherwise as tux_decode_url().
 */
ssize_t tux_find_query(struct tux_string query, const char *name, char *text, size_t size);

/**
 * tux_next_field() - Take the first header field off the field lines.
 * @rest: tux_get_part(request, request->fields); afterwards what is left of it.
 * @name: Name of the field, as it was sent.
 * @value: Its value, without the white space around it.
 *
 * A line that is no field is left out.
 *
 * Return: 1, or 0 when nothing is left.
 */
int tux_next_field(struct tux_string *rest, struct tux_string *name, struct tux_string *value);

/**
 * tux_find_field() - The value of a header field.
 * @fields: tux_get_part(request, request->fields).
 * @name: Name of the field, in any case.  If it is there several times, the first counts.
 *
 * Return: The value; nothing if the field is not there.
 */
struct tux_string tux_find_field(struct tux_string fields, const char *name);

#endif /* _TUX_REQUEST_H */
