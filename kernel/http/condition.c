// SPDX-License-Identifier: GPL-2.0-only
/*
 * Validators and conditional requests.
 *
 * The engine makes validators when it describes a file and evaluates the conditions before each
 * answer.  A condition that cannot be read is treated in the way that costs bytes, never in the
 * way that leaves a client with an old copy or overwrites what it has not seen.  No locks: works
 * on memory of the caller.
 */
#include "condition.h"

#include "buffer.h"
#include "date.h"

#define SECOND_NSEC 1000000000ull
#define TIME_DIGITS 16

/**
 * struct etag - An entity tag in a list.
 */
struct etag {
	/** @text: The tag with its quotes, without the mark of weak ones. */
	const char *text;
	/** @length: Bytes of @text. */
	size_t length;
	/** @weak: It was marked as weak. */
	bool weak;
};

static void write_time(struct http_buffer *buffer, u64 number)
{
	char digits[TIME_DIGITS];
	char *at = digits + sizeof(digits);

	do {
		*--at = 'a' + (number & 15);
		number >>= 4;
	} while (number);
	http_buffer_text(buffer, at, digits + sizeof(digits) - at);
}

static u64 nanoseconds(s64 seconds, u32 nsec)
{
	return (u64)seconds * SECOND_NSEC + nsec;
}

/* Spreads a number over all bits, reversibly, so that no two give the same. */
static u64 spread(u64 number)
{
	number ^= number >> 32;
	number *= 0x9e3779b97f4a7c15ull;
	number ^= number >> 29;
	return number;
}

size_t http_etag_format(char out[HTTP_ETAG_MAX], const struct http_file *file, bool weak)
{
	struct http_buffer buffer;

	http_buffer_init(&buffer, out, HTTP_ETAG_MAX);
	if (weak)
		http_buffer_literal(&buffer, "W/");
	http_buffer_char(&buffer, '"');
	http_buffer_number(&buffer, file->size);
	http_buffer_char(&buffer, '-');
	write_time(&buffer, nanoseconds(file->modified, file->modified_nsec));
	http_buffer_char(&buffer, '-');
	write_time(&buffer, nanoseconds(file->changed, file->changed_nsec) ^
			    spread(file->identity));
	http_buffer_char(&buffer, '"');
	return http_buffer_length(&buffer);
}

/* Has this moment been over for some time?  False for moments in the future. */
static bool is_past(s64 seconds, u32 nsec, s64 now, u32 now_nsec, u32 wait_nsec)
{
	u64 end_nsec = (u64)nsec + wait_nsec;

	if (now < seconds)
		return false;
	/* Far enough apart that the seconds decide, and that the sum below cannot overflow. */
	if ((u64)now - (u64)seconds > 8)
		return true;
	return ((u64)now - (u64)seconds) * SECOND_NSEC + now_nsec >= end_nsec;
}

void http_validators_make(struct http_validators *validators, const struct http_file *file,
			  s64 now, u32 now_nsec, u32 step_nsec)
{
	bool settled = is_past(file->changed, file->changed_nsec, now, now_nsec, step_nsec);

	validators->fresh = !settled;
	validators->strong = settled;
	validators->has_etag = true;
	validators->etag_length = http_etag_format(validators->etag, file, !settled);
	validators->modified = file->modified;
	validators->has_modified = file->modified < now &&
				   is_past(file->modified + 1, 0, now, now_nsec, step_nsec);
	validators->settled = settled && validators->has_modified;
}

static const char *skip_blank(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

/* Takes the next tag of a list; false at its end and at the first thing that is no tag. */
static bool next_etag(const char **at, const char *end, struct etag *etag)
{
	const char *text = *at;
	const char *quote;

	while (text < end && (*text == ' ' || *text == '\t' || *text == ','))
		text++;
	etag->weak = end - text >= 2 && text[0] == 'W' && text[1] == '/';
	if (etag->weak)
		text += 2;
	if (text == end || *text != '"')
		return false;
	for (quote = text + 1; quote < end && *quote != '"'; quote++)
		if (*quote == ' ' || *quote == '\t')
			return false;
	if (quote == end)
		return false;
	etag->text = text;
	etag->length = quote + 1 - text;
	*at = skip_blank(quote + 1, end);
	return *at == end || **at == ',';
}

/* RFC 9110 8.8.3.2: the weak comparison ignores the marks, the strong one wants none. */
static bool matches_list(const char *at, const char *end, const struct http_validators *validators,
			 bool strongly)
{
	const char *own = validators->etag + (validators->strong ? 0 : 2);
	size_t length = validators->etag_length - (validators->strong ? 0 : 2);
	struct etag etag;

	if (!validators->has_etag || (strongly && !validators->strong))
		return false;
	while (next_etag(&at, end, &etag)) {
		if (strongly && etag.weak)
			continue;
		if (etag.length == length && !memcmp(etag.text, own, length))
			return true;
	}
	return false;
}

/* Looks for the ETag in all lines of a field; "*" stands for any but must be the only thing. */
static bool matches_field(const struct http_request *request, const char *head,
			  enum http_header header, const struct http_validators *validators,
			  bool strongly)
{
	struct http_span span = request->fields[header];
	u32 offset = request->fields_offset;
	struct http_field field;

	if (!(request->repeated & (1u << header))) {
		const char *value = head + span.offset;

		if (span.length == 1 && *value == '*')
			return true;
		return matches_list(value, value + span.length, validators, strongly);
	}
	while (http_field_next(request, head, &offset, &field)) {
		const char *value = head + field.value.offset;

		if (field.header == header &&
		    matches_list(value, value + field.value.length, validators, strongly))
			return true;
	}
	return false;
}

/* Reads a field that holds one date; false if it holds something else. */
static bool read_date(const struct http_request *request, const char *head,
		      enum http_header header, s64 now, s64 *date)
{
	struct http_span span = request->fields[header];

	if (!http_request_has(request, header) || request->repeated & (1u << header))
		return false;
	return http_date_parse(head + span.offset, span.length, now, date);
}

/* RFC 9110 13.2.2, steps 1 and 2: should the request be carried out at all? */
static bool precondition_holds(const struct http_request *request, const char *head,
			       const struct http_validators *validators, s64 now)
{
	s64 date;

	if (http_request_has(request, HTTP_HEADER_IF_MATCH))
		return matches_field(request, head, HTTP_HEADER_IF_MATCH, validators, true);
	if (read_date(request, head, HTTP_HEADER_IF_UNMODIFIED_SINCE, now, &date))
		return validators->modified <= date;
	return true;
}

int http_condition_evaluate(const struct http_request *request, const char *head,
			    const struct http_validators *validators, s64 now)
{
	const u32 conditions = 1u << HTTP_HEADER_IF_MATCH | 1u << HTTP_HEADER_IF_NONE_MATCH |
			       1u << HTTP_HEADER_IF_MODIFIED_SINCE |
			       1u << HTTP_HEADER_IF_UNMODIFIED_SINCE;
	bool reads = request->method == HTTP_METHOD_GET || request->method == HTTP_METHOD_HEAD;
	bool unchanged = false;
	s64 date;

	if (likely(!(request->present & conditions)))
		return HTTP_STATUS_OK;
	if (!precondition_holds(request, head, validators, now))
		return HTTP_STATUS_PRECONDITION_FAILED;
	/* Steps 3 and 4; If-Modified-Since means nothing beside If-None-Match. */
	if (http_request_has(request, HTTP_HEADER_IF_NONE_MATCH)) {
		unchanged = matches_field(request, head, HTTP_HEADER_IF_NONE_MATCH, validators,
					  false);
		if (unchanged && !reads)
			return HTTP_STATUS_PRECONDITION_FAILED;
	} else if (reads && validators->has_modified &&
		   read_date(request, head, HTTP_HEADER_IF_MODIFIED_SINCE, now, &date)) {
		unchanged = validators->modified <= date;
	}
	return unchanged && !validators->fresh ? HTTP_STATUS_NOT_MODIFIED : HTTP_STATUS_OK;
}
