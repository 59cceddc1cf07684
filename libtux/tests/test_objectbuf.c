// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Buffers for objects.  The test stands in for tux(2); see the Makefile.
 */
#include <tuxmodule.h>

#include "module_layout.h"
#include "unit.h"

char *TUXAPI_alloc_read_objectbuf_v2(struct tux_req_layout2 *req, int fd);

static char object[10000];
static size_t bytes_there;
static int fails;

int __wrap_tux(unsigned int action, user_req_t *req);

int __wrap_tux(unsigned int action, user_req_t *req)
{
	ck_assert_uint_eq(action, TUX_ACTION_READ_OBJECT);
	if (fails) {
		errno = EINVAL;
		return -1;
	}
	ck_assert_uint_le(bytes_there, req->objectlen);
	memcpy((void *)(uintptr_t)req->object_addr, object, bytes_there);
	req->objectlen = bytes_there;
	return 0;
}

/* A file with the first bytes of the object; everything in it is known. */
static int make_file(size_t length)
{
	char name[] = "/tmp/test_objectbuf.XXXXXX";
	int fd = mkstemp(name);

	for (size_t i = 0; i < sizeof(object); i++)
		object[i] = 'a' + i % 26;
	unlink(name);
	ck_assert_int_eq(write(fd, object, length), (ssize_t)length);
	return fd;
}

static const size_t lengths[] = { 0, 1, 4095, 4096, 4097, 10000 };

START_TEST(an_object_is_read)
{
	user_req_t req = { .objectlen = lengths[_i] };
	char *buffer;

	bytes_there = lengths[_i];
	buffer = TUXAPI_alloc_read_objectbuf(&req, -1);
	ck_assert_ptr_nonnull(buffer);
	ck_assert_uint_eq(req.objectlen, lengths[_i]);
	ck_assert_mem_eq(buffer, object, lengths[_i]);
	ck_assert_int_eq(buffer[lengths[_i]], '\0');
	TUXAPI_free_objectbuf(&req, buffer);
}
END_TEST

START_TEST(an_object_is_mapped)
{
	int fd = make_file(lengths[_i]);
	user_req_t req = { .objectlen = lengths[_i] };
	char *buffer = TUXAPI_alloc_read_objectbuf(&req, fd);

	close(fd);
	ck_assert_ptr_nonnull(buffer);
	ck_assert_mem_eq(buffer, object, lengths[_i]);
	ck_assert_int_eq(buffer[lengths[_i]], '\0');
	TUXAPI_free_objectbuf(&req, buffer);
}
END_TEST

START_TEST(an_object_that_shrank_ends_early)
{
	user_req_t req = { .objectlen = 100 };
	char *buffer;

	memset(object, 'x', sizeof(object));
	bytes_there = 60;
	buffer = TUXAPI_alloc_read_objectbuf(&req, -1);
	ck_assert_uint_eq(req.objectlen, 60);
	ck_assert_uint_eq(strlen(buffer), 60);
	TUXAPI_free_objectbuf(&req, buffer);
}
END_TEST

START_TEST(layout_2_gets_the_same)
{
	struct tux_req_layout2 req = { .objectlen = 100 };
	char *buffer;

	memset(object, 'x', sizeof(object));
	bytes_there = 100;
	buffer = TUXAPI_alloc_read_objectbuf_v2(&req, -1);
	ck_assert_ptr_nonnull(buffer);
	ck_assert_ptr_eq(req.object_addr, buffer);
	ck_assert_uint_eq(strlen(buffer), 100);
	TUXAPI_free_objectbuf(NULL, buffer);
	TUXAPI_free_objectbuf(NULL, NULL);
}
END_TEST

START_TEST(what_cannot_be_is_an_error)
{
	int fd = make_file(10);
	user_req_t req = { .objectlen = 11 };
	struct tux_req_layout2 req2 = { .objectlen = 11 };

	fails = 1;
	errno = 0;
	ck_assert_ptr_null(TUXAPI_alloc_read_objectbuf(&req, fd));
	ck_assert_int_eq(errno, EINVAL);
	errno = 0;
	ck_assert_ptr_null(TUXAPI_alloc_read_objectbuf(&req, 9999));
	ck_assert_int_eq(errno, EBADF);
	errno = 0;
	ck_assert_ptr_null(TUXAPI_alloc_read_objectbuf(&req, -1));
	ck_assert_int_eq(errno, EINVAL);
	errno = 0;
	ck_assert_ptr_null(TUXAPI_alloc_read_objectbuf_v2(&req2, -1));
	ck_assert_int_eq(errno, EINVAL);
	req.objectlen = 0xffffffff;
	ck_assert_ptr_null(TUXAPI_alloc_read_objectbuf(&req, -1));
	ck_assert_int_eq(errno, EFBIG);
}
END_TEST

START_TEST(bits_are_set_once)
{
	unsigned int words[3] = { 0, 0, 0 };

	ck_assert_int_eq(test_and_set_bit(33, words), 0);
	ck_assert_int_eq(test_and_set_bit(33, words), 1);
	ck_assert_int_eq(test_and_set_bit(31, words), 0);
	ck_assert_uint_eq(words[0], 1U << 31);
	ck_assert_uint_eq(words[1], 2);
	ck_assert_uint_eq(words[2], 0);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("objectbuf");

	unit_case(suite, "buffers", an_object_is_read, UNIT_ROWS(lengths));
	unit_case(suite, "buffers", an_object_is_mapped, UNIT_ROWS(lengths));
	unit_case(suite, "buffers", an_object_that_shrank_ends_early, 1);
	unit_case(suite, "buffers", layout_2_gets_the_same, 1);
	unit_case(suite, "buffers", what_cannot_be_is_an_error, 1);
	unit_case(suite, "helpers", bits_are_set_once, 1);
	return suite;
}
