// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Requests of layout 2: the conversion, and what a handler of TUX 2 sees and does.  The test stands
 * in for tux(2); see the Makefile.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module_layout.h"
#include "unit.h"

/* --- the kernel of this test: it delivers what the test puts here, and keeps what it was told */

static user_req_t next;
static user_req_t seen;
static unsigned int seen_action;
static void *seen_argument;
static int calls;
static int answer;
static const char *body = "";
static size_t body_given;

int __wrap_tux(unsigned int action, user_req_t *req);

static int give_body(user_req_t *req)
{
	size_t rest = strlen(body) - body_given;

	if (req->objectlen > rest)
		req->objectlen = rest;
	memcpy((void *)(uintptr_t)req->object_addr, body + body_given, req->objectlen);
	body_given += req->objectlen;
	return 0;
}

int __wrap_tux(unsigned int action, user_req_t *req)
{
	if (action == TUX_ACTION_READ_POST_DATA)
		return give_body(req);
	calls++;
	seen_action = action;
	seen_argument = req;
	if (action == TUX_ACTION_CONTINUE_REQ || !req)
		return answer;
	seen = *req;
	if (answer == -1)
		errno = EAGAIN;
	else if (action != TUX_ACTION_REGISTER_MODULE)
		*req = next;
	return answer;
}

static user_req_t post_of(uint64_t id, const char *text)
{
	user_req_t req = { .id = id, .http_method = TUX_METHOD_POST, .objectlen = strlen(text) };

	body = text;
	body_given = 0;
	return req;
}

/* --- the conversion */

static void fill(void *memory, size_t size)
{
	unsigned char *bytes = memory;

	for (size_t i = 0; i < size; i++)
		bytes[i] = i * 7 + 1;
}

#define TEXT(member) { #member, offsetof(struct tux_req_layout2, member), \
		       offsetof(user_req_t, member), sizeof(((user_req_t *)0)->member) }

static const struct {
	const char *name;
	size_t offset2;
	size_t offset3;
	size_t size;
} texts[] = {
	TEXT(query), TEXT(objectname), TEXT(cookies), TEXT(content_type), TEXT(user_agent),
	TEXT(accept), TEXT(accept_charset), TEXT(accept_encoding), TEXT(accept_language),
	TEXT(cache_control), TEXT(if_modified_since), TEXT(negotiate), TEXT(pragma),
	TEXT(referer), TEXT(new_date),
};

START_TEST(there_and_back_nothing_changes)
{
	struct tux_req_layout2 between = { 0 };
	user_req_t before;
	user_req_t after;

	fill(&before, sizeof(before));
	memset(before.__pad, 0, sizeof(before.__pad));
	for (size_t i = 0; i < UNIT_ROWS(texts); i++)
		((char *)&before)[texts[i].offset3 + texts[i].size - 1] = '\0';
	memset(&after, 0, sizeof(after));
	tux_layout2_export(&before, &between);
	tux_layout2_import(&between, &after);
	ck_assert_mem_eq(&before, &after, sizeof(before));
}
END_TEST

START_TEST(a_text_without_end_is_cut)
{
	struct tux_req_layout2 req2;
	user_req_t req3 = { 0 };
	size_t size = texts[_i].size;

	memset((char *)&req3 + texts[_i].offset3, 'a' + _i, size);
	tux_layout2_export(&req3, &req2);
	ck_assert_msg(strnlen((char *)&req2 + texts[_i].offset2, size) == size - 1, "%s",
		      texts[_i].name);
	ck_assert_int_eq(((char *)&req2)[texts[_i].offset2 + size - 2], 'a' + _i);
	memset((char *)&req2 + texts[_i].offset2, 'A' + _i, size);
	tux_layout2_import(&req2, &req3);
	ck_assert_msg(strnlen((char *)&req3 + texts[_i].offset3, size) == size - 1, "%s",
		      texts[_i].name);
	ck_assert_int_eq(((char *)&req3)[texts[_i].offset3 + size - 2], 'A' + _i);
}
END_TEST

START_TEST(negative_numbers_stay)
{
	user_req_t req3 = { .event = (uint32_t)-2, .error = (uint32_t)-ENOENT };
	struct tux_req_layout2 req2;

	tux_layout2_export(&req3, &req2);
	ck_assert_int_eq(req2.event, -2);
	ck_assert_int_eq(req2.error, -ENOENT);
	req2.event = -1;
	tux_layout2_import(&req2, &req3);
	ck_assert_uint_eq(req3.event, 0xffffffffU);
}
END_TEST

START_TEST(pointers_stay)
{
	struct tux_req_layout2 req2 = { .id = &next, .priv = &seen };
	char text[] = "text";
	user_req_t req3;

	req2.object_addr = text;
	tux_layout2_import(&req2, &req3);
	ck_assert_uint_eq(req3.id, (uintptr_t)&next);
	ck_assert_uint_eq(req3.priv, (uintptr_t)&seen);
	ck_assert_uint_eq(req3.object_addr, (uintptr_t)text);
	memset(&req2, 0, sizeof(req2));
	tux_layout2_export(&req3, &req2);
	ck_assert_ptr_eq(req2.priv, &seen);
	ck_assert_ptr_eq(req2.object_addr, text);
}
END_TEST

/* --- a program of its own */

START_TEST(tux_converts_both_ways)
{
	struct tux_req_layout2 req = { .event = -2, .http_status = 404 };

	next = (user_req_t){ .event = 3, .query = "a=b", .sock = 9 };
	ck_assert_int_eq(tux_v2(TUX_ACTION_SEND_BUFFER, &req), 0);
	ck_assert_uint_eq(seen_action, TUX_ACTION_SEND_BUFFER);
	ck_assert_uint_eq(seen.event, 0xfffffffeU);
	ck_assert_uint_eq(seen.http_status, 404);
	ck_assert_int_eq(req.event, 3);
	ck_assert_int_eq(req.sock, 9);
	ck_assert_str_eq(req.query, "a=b");
	ck_assert_str_eq(req.post_data, "");
}
END_TEST

START_TEST(an_error_comes_through)
{
	struct tux_req_layout2 req = { .event = 7 };

	answer = -1;
	errno = 0;
	ck_assert_int_eq(tux_v2(TUX_ACTION_FINISH_REQ, &req), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(req.event, 7);
}
END_TEST

START_TEST(what_is_no_request_is_passed)
{
	struct tux_grant grant = { .size = sizeof(grant) };

	answer = 5;
	ck_assert_int_eq(tux_v2(TUX_ACTION_CONTINUE_REQ, (void *)(intptr_t)4), 5);
	ck_assert_ptr_eq(seen_argument, (void *)(intptr_t)4);
	ck_assert_int_eq(tux_v2(TUX_ACTION_QUERY_VERSION, NULL), 5);
	ck_assert_ptr_null(seen_argument);
	next = (user_req_t){ 0 };
	answer = -1;
	tux_v2(TUX_ACTION_GRANT, (void *)&grant);
	ck_assert_ptr_eq(seen_argument, &grant);
}
END_TEST

static const struct {
	const char *shows;
	int major, minor;
	unsigned int sent_major, sent_minor;
} versions[] = {
	{ "TUX 2 is served", 2, 1, 3, 0 },
	{ "TUX 3 is itself", 3, 0, 3, 0 },
	{ "a version of the future is the kernel's to refuse", 4, 1, 4, 1 },
	{ "TUX 1 is the kernel's to refuse", 1, 0, 1, 0 },
};

START_TEST(a_module_of_its_own_registers)
{
	struct tux_req_layout2 req = { .version_major = versions[_i].major, .module_index = 1,
				       .version_minor = versions[_i].minor };

	strcpy(req.objectname, "/two");
	ck_assert_int_eq(tux_v2(TUX_ACTION_REGISTER_MODULE, &req), 0);
	ck_assert_msg(seen.version_major == versions[_i].sent_major, "%s", versions[_i].shows);
	ck_assert_msg(seen.version_minor == versions[_i].sent_minor, "%s", versions[_i].shows);
	ck_assert_str_eq(seen.objectname, "/two");
	ck_assert_uint_eq(seen.module_index, 1);
	ck_assert_int_eq(req.version_major, versions[_i].major);
}
END_TEST

START_TEST(a_post_has_its_body)
{
	struct tux_req_layout2 req = { 0 };

	next = post_of(11, "name=value");
	ck_assert_int_eq(tux_v2(TUX_ACTION_EVENTLOOP, &req), 0);
	ck_assert_str_eq(req.post_data, "name=value");
	ck_assert_uint_eq(req.objectlen, 10);
	ck_assert_ptr_null(req.object_addr);
}
END_TEST

/* --- in the daemon */

static struct tux_req_layout2 *handled;

static int note_only(void *req)
{
	handled = req;
	handled->http_status = 500;
	return TUX_CONTINUE_EVENTLOOP;
}

static int finish(void *req)
{
	handled = req;
	handled->http_status = 204;
	return tux_v2(TUX_ACTION_FINISH_REQ, req);
}

static int get_object(void *req)
{
	handled = req;
	handled->event = -1;
	return tux_v2(TUX_ACTION_GET_OBJECT, req);
}

static int do_nothing(void *req)
{
	handled = req;
	return TUX_RETURN_USERSPACE_REQUEST;
}

static int postpone(void *req)
{
	answer = 0;
	next = seen;
	tux_v2(TUX_ACTION_POSTPONE_REQ, req);
	return TUX_CONTINUE_EVENTLOOP;
}

START_TEST(the_loop_gets_what_the_handler_was_given)
{
	user_req_t req = { .id = 1, .module_index = 1, .query = "first" };

	next = (user_req_t){ .id = 2, .module_index = 2, .query = "second", .event = 0x80000000U };
	ck_assert_int_eq(tux_v2_handle(finish, &req), TUX_RETURN_USERSPACE_REQUEST);
	ck_assert_uint_eq(seen.id, 1);
	ck_assert_uint_eq(seen.http_status, 204);
	ck_assert_uint_eq(req.id, 2);
	ck_assert_uint_eq(req.module_index, 2);
	ck_assert_uint_eq(req.event, 0x80000000U);
	ck_assert_str_eq(req.query, "second");
	ck_assert_ptr_eq(seen_argument, &req);
}
END_TEST

START_TEST(the_loop_gets_what_the_handler_has_set)
{
	user_req_t req = { .id = 1 };
	struct tux_req_layout2 *first;

	ck_assert_int_eq(tux_v2_handle(note_only, &req), TUX_CONTINUE_EVENTLOOP);
	first = handled;
	ck_assert_uint_eq(req.http_status, 500);
	answer = -1;
	ck_assert_int_eq(tux_v2_handle(finish, &req), -1);
	ck_assert_ptr_eq(handled, first);
	ck_assert_uint_eq(req.http_status, 204);
	ck_assert_uint_eq(req.id, 1);
}
END_TEST

START_TEST(results_of_the_loop_are_passed)
{
	user_req_t req = { .id = 1 };

	answer = TUX_RETURN_EXIT;
	ck_assert_int_eq(tux_v2_handle(finish, &req), TUX_RETURN_EXIT);
	answer = TUX_RETURN_SIGNAL;
	ck_assert_int_eq(tux_v2_handle(finish, &req), TUX_RETURN_SIGNAL);
}
END_TEST

START_TEST(a_body_of_another_module_is_left_alone)
{
	user_req_t req = { .id = 1 };

	next = post_of(5, "for somebody else");
	next.module_index = 2;
	ck_assert_int_eq(tux_v2_handle(finish, &req), 0);
	ck_assert_uint_eq(body_given, 0);
	ck_assert_str_eq(handled->post_data, "");
}
END_TEST

START_TEST(a_body_stays_until_the_answer)
{
	user_req_t req = post_of(21, "first body");
	user_req_t other = { .id = 22, .http_method = TUX_METHOD_GET };

	next = other;
	tux_v2_handle(get_object, &req);
	tux_v2_handle(note_only, &other);
	ck_assert_str_eq(handled->post_data, "");
	next = (user_req_t){ .id = 21, .http_method = TUX_METHOD_POST, .objectlen = 5000 };
	req = next;
	tux_v2_handle(do_nothing, &req);
	ck_assert_str_eq(handled->post_data, "first body");
	ck_assert_uint_eq(body_given, strlen("first body"));
	tux_v2_handle(finish, &req);
	req = post_of(21, "second body");
	tux_v2_handle(do_nothing, &req);
	ck_assert_str_eq(handled->post_data, "second body");
}
END_TEST

START_TEST(finding_a_body_changes_nothing_else)
{
	user_req_t req = post_of(25, "short");
	user_req_t before;

	req.objectlen = 20;
	req.object_addr = 0x1234;
	before = req;
	errno = E2BIG;
	ck_assert_str_eq(tux_body_find(&req), "short");
	ck_assert_mem_eq(&req, &before, sizeof(req));
	ck_assert_int_eq(errno, E2BIG);
}
END_TEST

START_TEST(a_body_is_forgotten_with_its_request)
{
	user_req_t req = post_of(31, "dropped");

	tux_v2_handle(note_only, &req);
	req = post_of(31, "next");
	tux_v2_handle(do_nothing, &req);
	ck_assert_str_eq(handled->post_data, "next");
	tux_v2_handle(postpone, &req);
	req = post_of(31, "not asked for");
	tux_v2_handle(do_nothing, &req);
	ck_assert_str_eq(handled->post_data, "next");
}
END_TEST

START_TEST(bodies_have_bounds)
{
	static char text[TUX_POST_BUFFERED + 2];
	user_req_t req;

	memset(text, 'x', TUX_POST_BUFFERED + 1);
	req = post_of(41, text);
	tux_v2_handle(do_nothing, &req);
	ck_assert_str_eq(handled->post_data, "");
	ck_assert_uint_eq(body_given, 0);
	/* An object that is small does not make the body so. */
	req.objectlen = 3;
	tux_v2_handle(do_nothing, &req);
	ck_assert_uint_eq(body_given, 0);
	text[TUX_POST_BUFFERED] = '\0';
	req = post_of(42, text);
	tux_v2_handle(do_nothing, &req);
	ck_assert_str_eq(handled->post_data, text);
	req = post_of(43, text);
	req.objectlen = 0xffffffff;
	tux_v2_handle(do_nothing, &req);
	ck_assert_str_eq(handled->post_data, "");
}
END_TEST

START_TEST(only_so_many_bodies_are_kept)
{
	user_req_t req;

	for (int i = 0; i < 1025; i++) {
		char text[32];

		snprintf(text, sizeof(text), "body %d", i);
		req = post_of(100 + i, text);
		tux_v2_handle(do_nothing, &req);
		ck_assert_str_eq(handled->post_data, text);
	}
	req = post_of(101, "again");
	tux_v2_handle(do_nothing, &req);
	ck_assert_str_eq(handled->post_data, "body 1");
	req = post_of(100, "again");
	tux_v2_handle(do_nothing, &req);
	ck_assert_str_eq(handled->post_data, "again");
}
END_TEST

/* What a module gets that asks for the body by itself. */
static char asked[2][8];
static unsigned int asked_lengths[3];

static int ask_for_body(void *req)
{
	handled = req;
	for (int i = 0; i < 3; i++) {
		handled->object_addr = asked[i % 2];
		handled->objectlen = 6;
		ck_assert_int_eq(tux_v2(TUX_ACTION_READ_POST_DATA, req), 0);
		asked_lengths[i] = handled->objectlen;
	}
	return TUX_RETURN_USERSPACE_REQUEST;
}

START_TEST(a_module_may_ask_for_the_body_as_well)
{
	user_req_t req = post_of(51, "0123456789");

	tux_v2_handle(ask_for_body, &req);
	ck_assert_uint_eq(asked_lengths[0], 6);
	ck_assert_uint_eq(asked_lengths[1], 4);
	ck_assert_uint_eq(asked_lengths[2], 0);
	ck_assert_mem_eq(asked[0], "012345", 6);
	ck_assert_mem_eq(asked[1], "6789", 4);
}
END_TEST

START_TEST(a_large_body_is_the_kernels_to_give)
{
	user_req_t req = post_of(61, "0123456789");

	req.objectlen = TUX_POST_BUFFERED + 1;
	tux_v2_handle(ask_for_body, &req);
	ck_assert_uint_eq(body_given, 10);
	ck_assert_uint_eq(asked_lengths[1], 4);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("layout2");

	unit_case(suite, "conversion", there_and_back_nothing_changes, 1);
	unit_case(suite, "conversion", a_text_without_end_is_cut, UNIT_ROWS(texts));
	unit_case(suite, "conversion", negative_numbers_stay, 1);
	unit_case(suite, "conversion", pointers_stay, 1);
	unit_case(suite, "program", tux_converts_both_ways, 1);
	unit_case(suite, "program", an_error_comes_through, 1);
	unit_case(suite, "program", what_is_no_request_is_passed, 1);
	unit_case(suite, "program", a_module_of_its_own_registers, UNIT_ROWS(versions));
	unit_case(suite, "program", a_post_has_its_body, 1);
	unit_case(suite, "daemon", the_loop_gets_what_the_handler_was_given, 1);
	unit_case(suite, "daemon", the_loop_gets_what_the_handler_has_set, 1);
	unit_case(suite, "daemon", results_of_the_loop_are_passed, 1);
	unit_case(suite, "bodies", a_body_of_another_module_is_left_alone, 1);
	unit_case(suite, "bodies", a_body_stays_until_the_answer, 1);
	unit_case(suite, "bodies", finding_a_body_changes_nothing_else, 1);
	unit_case(suite, "bodies", a_body_is_forgotten_with_its_request, 1);
	unit_case(suite, "bodies", bodies_have_bounds, 1);
	unit_case(suite, "bodies", only_so_many_bodies_are_kept, 1);
	unit_case(suite, "bodies", a_module_may_ask_for_the_body_as_well, 1);
	unit_case(suite, "bodies", a_large_body_is_the_kernels_to_give, 1);
	return suite;
}
