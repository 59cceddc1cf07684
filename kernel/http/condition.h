/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Validators of a file, and the conditions that requests put on them (RFC 9110 sections 8.8, 13).
 *
 * Time stamps of files advance in steps.  A file that was changed a moment ago can be changed
 * again without a new stamp, so its validators promise nothing yet: they are marked fresh, the
 * ETag is weak, and no request is answered with 304 on their word.
 */
#ifndef HTTP_CONDITION_H
#define HTTP_CONDITION_H

#include "env.h"
#include "parse.h"
#include "status.h"

/** define HTTP_ETAG_MAX - Longest ETag, in bytes, with quotes and the mark of weak ones. */
#define HTTP_ETAG_MAX 64

/**
 * struct http_file - What tells one state of one file from another.
 */
struct http_file {
	/** @size: Bytes. */
	u64 size;
	/** @identity: A number for the file itself, say from device, inode and generation. */
	u64 identity;
	/** @modified: Time of the last change of content (mtime), seconds. */
	s64 modified;
	/** @changed: Time of the last change of the inode (ctime), seconds. */
	s64 changed;
	/** @modified_nsec: Nanoseconds of @modified, below 1000000000. */
	u32 modified_nsec;
	/** @changed_nsec: Nanoseconds of @changed, below 1000000000. */
	u32 changed_nsec;
};

/**
 * struct http_validators - The validators of a file, as they go into an answer.
 */
struct http_validators {
	/** @modified: Date for Last-Modified, in seconds; see @has_modified. */
	s64 modified;
	/** @etag: The ETag with its quotes, not terminated; see @has_etag. */
	char etag[HTTP_ETAG_MAX];
	/** @etag_length: Bytes of @etag. */
	u8 etag_length;
	/** @strong: The ETag is a strong one. */
	bool strong;
	/** @has_etag: There is an ETag. */
	bool has_etag;
	/** @has_modified: There is a date for Last-Modified. */
	bool has_modified;
	/** @fresh: The file was changed too recently for a 304. */
	bool fresh;
	/** @settled: Later calls of http_validators_make() will give the same validators. */
	bool settled;
};

/**
 * http_etag_format() - Write the ETag of a file.
 * @out: HTTP_ETAG_MAX bytes to write; not terminated.
 * @file: The file.
 * @weak: Write a weak ETag, W/"...".
 *
 * The form is TUX's, "<size>-<mtime>" with the size in decimal and the time in base 16 with the
 * digits a to p, made finer: the time counts nanoseconds, and a third part of the same form mixes
 * the time of the last inode change with the identity of the file.
 *
 * Context: Any context.
 * Return: Number of bytes written.
 */
size_t http_etag_format(char out[HTTP_ETAG_MAX], const struct http_file *file, bool weak);

/**
 * http_validators_make() - Make the validators that are honest at this moment.
 * @validators: Where to store them.
 * @file: The file.
 * @now: Present time by the clock that stamps files, seconds.
 * @now_nsec: Nanoseconds of @now.
 * @step_nsec: Nanoseconds during which two changes can get the same time stamp.
 *
 * The ETag is weak and @fresh is set until @step_nsec after the inode change.  There is no
 * Last-Modified until its second is over, because a second change within it would go unseen, and
 * none that lies in the future (RFC 9110 8.8.2.1).  Callers clear @has_etag or @has_modified if
 * they are configured not to send them.
 *
 * Context: Any context.
 */
void http_validators_make(struct http_validators *validators, const struct http_file *file,
			  s64 now, u32 now_nsec, u32 step_nsec);

/**
 * http_condition_evaluate() - Decide what the conditions of a request come to.
 * @request: The parsed request; only its fields and its method matter.
 * @head: The bytes that were parsed.
 * @validators: Validators of the file that was asked for.
 * @now: Present time in seconds, for dates with two-digit years.
 *
 * Order and comparison are those of RFC 9110 13.2.2, up to If-Modified-Since.
 *
 * Context: Any context.
 * Return: HTTP_STATUS_OK (answer as without conditions), HTTP_STATUS_NOT_MODIFIED or
 *         HTTP_STATUS_PRECONDITION_FAILED.
 */
int http_condition_evaluate(const struct http_request *request, const char *head,
			    const struct http_validators *validators, s64 now);

#endif
