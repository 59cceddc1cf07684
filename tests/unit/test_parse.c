// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading request heads: request line, field lines, framing.
 *
 * Each row is a head and what it must be taken for, written as a line of text.  Every head is tried
 * in memory that ends, and then in memory that begins, at a page that must not be read.  For every
 * good head all its prefixes must be "not whole yet", and http_head_scan() must find the same end.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "http/parse.h"

/**
 * struct parse_case - A head and what it means.
 */
struct parse_case {
	/** @shows: What the case shows. */
	const char *shows;
	/** @head: The bytes. */
	const char *head;
	/** @length: Number of bytes. */
	size_t length;
	/** @result: Negative status, or 0 if incomplete, or 1 if good. */
	int result;
	/** @means: What describe() must say about a good head. */
	const char *means;
};

#define GOOD(shows, head, means) { shows, UNIT_TEXT(head), 1, means }
#define BAD(shows, head) { shows, UNIT_TEXT(head), -400, NULL }
#define REFUSED(shows, status, head) { shows, UNIT_TEXT(head), -(status), NULL }
#define SHORT(shows, head) { shows, UNIT_TEXT(head), 0, NULL }

#define HOST "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST
#define POST "POST / HTTP/1.1\r\n" HOST
#define END "\r\n"
#define PLAIN "GET 1.1 origin path=/ host=a keep"

static const struct parse_case request_line_cases[] = {
	GOOD("the smallest request of HTTP/1.1", GET END, PLAIN),
	GOOD("the smallest request of HTTP/1.0 needs no Host",
	     "GET / HTTP/1.0\r\n\r\n", "GET 1.0 origin path=/ host= close"),
	GOOD("an example of RFC 9112 3.2.1: origin form with query",
	     "GET /where?q=now HTTP/1.1\r\nHost: www.example.org\r\n\r\n",
	     "GET 1.1 origin path=/where query=q=now host=www.example.org keep"),
	GOOD("an empty query is not the same as none", "GET /? HTTP/1.1\r\n" HOST END,
	     "GET 1.1 origin path=/ query= host=a keep"),
	GOOD("the query begins at the first question mark",
	     "GET /a?b?c/d HTTP/1.1\r\n" HOST END,
	     "GET 1.1 origin path=/a query=b?c/d host=a keep"),
	GOOD("a path of two slashes is a path", "GET //b/c HTTP/1.1\r\n" HOST END,
	     "GET 1.1 origin path=//b/c host=a keep"),
	GOOD("browsers send these characters unencoded",
	     "GET /[x]?q={a|b}^`\"<>\\ HTTP/1.1\r\n" HOST END,
	     "GET 1.1 origin path=/[x] query=q={a|b}^`\"<>\\ host=a keep"),
	GOOD("HEAD", "HEAD / HTTP/1.1\r\n" HOST END, "HEAD 1.1 origin path=/ host=a keep"),
	GOOD("PUT", "PUT / HTTP/1.1\r\n" HOST END, "PUT 1.1 origin path=/ host=a keep"),
	GOOD("DELETE", "DELETE / HTTP/1.1\r\n" HOST END, "DELETE 1.1 origin path=/ host=a keep"),
	GOOD("TRACE", "TRACE / HTTP/1.1\r\n" HOST END, "TRACE 1.1 origin path=/ host=a keep"),
	GOOD("PATCH", "PATCH / HTTP/1.1\r\n" HOST END, "PATCH 1.1 origin path=/ host=a keep"),
	GOOD("OPTIONS of a resource", "OPTIONS /x HTTP/1.1\r\n" HOST END,
	     "OPTIONS 1.1 origin path=/x host=a keep"),
	GOOD("an unknown method is parsed", "BREW / HTTP/1.1\r\n" HOST END,
	     "UNKNOWN 1.1 origin path=/ host=a keep"),
	GOOD("methods are case-sensitive", "get / HTTP/1.1\r\n" HOST END,
	     "UNKNOWN 1.1 origin path=/ host=a keep"),
	GOOD("a method may be any token", "M#!$%&'*+-.^_`|~1 / HTTP/1.1\r\n" HOST END,
	     "UNKNOWN 1.1 origin path=/ host=a keep"),
	GOOD("one more letter makes another method", "GETS / HTTP/1.1\r\n" HOST END,
	     "UNKNOWN 1.1 origin path=/ host=a keep"),
	GOOD("a later minor version is taken as HTTP/1.1", "GET / HTTP/1.9\r\n" HOST END, PLAIN),
	GOOD("one empty line before the request is skipped", "\r\n" GET END, PLAIN),
	GOOD("four empty lines are skipped", "\r\n\r\n\r\n\r\n" GET END, PLAIN),
	BAD("five empty lines are too many", "\r\n\r\n\r\n\r\n\r\n" GET END),
	BAD("a bare LF is no empty line", "\n" GET END),
	BAD("a bare CR is no empty line", "\rG" GET END),
	BAD("white space before the method", " GET / HTTP/1.1\r\n" HOST END),
	BAD("two spaces after the method", "GET  / HTTP/1.1\r\n" HOST END),
	BAD("two spaces after the target", "GET /  HTTP/1.1\r\n" HOST END),
	BAD("a tab between method and target", "GET\t/ HTTP/1.1\r\n" HOST END),
	BAD("a tab after the target", "GET /\tHTTP/1.1\r\n" HOST END),
	BAD("a space after the version", "GET / HTTP/1.1 \r\n" HOST END),
	BAD("a space inside the target", "GET /a b HTTP/1.1\r\n" HOST END),
	BAD("no target", "GET HTTP/1.1\r\n" HOST END),
	BAD("an empty method", " / HTTP/1.1\r\n" HOST END),
	BAD("a method with a colon", "GE:T / HTTP/1.1\r\n" HOST END),
	BAD("a method with NUL", "GE\0T / HTTP/1.1\r\n" HOST END),
	BAD("HTTP/0.9: no version", "GET /\r\n"),
	BAD("HTTP/0.9 said aloud", "GET / HTTP/0.9\r\n\r\n"),
	BAD("a version in lower case", "GET / http/1.1\r\n" HOST END),
	BAD("a version without a name", "GET / 1.1\r\n" HOST END),
	BAD("a version of two digits", "GET / HTTP/1.10\r\n" HOST END),
	BAD("a version with a leading zero", "GET / HTTP/01.1\r\n" HOST END),
	BAD("a version without a minor number", "GET / HTTP/1\r\n" HOST END),
	BAD("a version with letters", "GET / HTTP/1.x\r\n" HOST END),
	BAD("a request line that ends in LF", "GET / HTTP/1.1\n" HOST END),
	BAD("a request line that ends in CR", "GET / HTTP/1.1\rX" HOST END),
	REFUSED("the preface of HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	REFUSED("HTTP/2.0", 505, "GET / HTTP/2.0\r\n" HOST END),
	REFUSED("HTTP/9.9", 505, "GET / HTTP/9.9\r\n" HOST END),
	BAD("a fragment in the target", "GET /a#b HTTP/1.1\r\n" HOST END),
	BAD("a fragment in the query", "GET /a?b#c HTTP/1.1\r\n" HOST END),
	BAD("a byte above ASCII in the target", "GET /\xc3\xa9 HTTP/1.1\r\n" HOST END),
	BAD("a control character in the target", "GET /\x01 HTTP/1.1\r\n" HOST END),
	BAD("NUL in the target", "GET /a\0b HTTP/1.1\r\n" HOST END),
	BAD("DEL in the target", "GET /\x7f HTTP/1.1\r\n" HOST END),
	BAD("DEL deep in a long target", "GET /0123456789abcdef\x7f HTTP/1.1\r\n" HOST END),
	BAD("a greeting of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
};

static const struct parse_case target_cases[] = {
	GOOD("absolute form (RFC 9112 3.2.2): the target outranks Host",
	     "GET http://www.example.org/pub/WWW/ HTTP/1.1\r\nHost: other\r\n\r\n",
	     "GET 1.1 absolute path=/pub/WWW/ host=www.example.org keep"),
	GOOD("absolute form with port and query",
	     "GET http://b:81/c?d HTTP/1.1\r\n" HOST END,
	     "GET 1.1 absolute path=/c query=d host=b port=81 keep"),
	GOOD("the scheme is not case-sensitive", "GET HtTp://b/ HTTP/1.1\r\n" HOST END,
	     "GET 1.1 absolute path=/ host=b keep"),
	GOOD("absolute form without a path", "GET http://b HTTP/1.1\r\n" HOST END,
	     "GET 1.1 absolute path= host=b keep"),
	GOOD("absolute form with a query and no path",
	     "GET http://b?example HTTP/1.1\r\n" HOST END,
	     "GET 1.1 absolute path= query=example host=b keep"),
	GOOD("a slash in the query is not the path",
	     "GET http://b?example/d HTTP/1.1\r\n" HOST END,
	     "GET 1.1 absolute path= query=example/d host=b keep"),
	GOOD("absolute form with an IPv6 literal",
	     "GET http://[::1]:8080/x HTTP/1.1\r\n" HOST END,
	     "GET 1.1 absolute path=/x host=::1 port=8080 keep"),
	GOOD("absolute form in HTTP/1.0", "GET http://b/ HTTP/1.0\r\n\r\n",
	     "GET 1.0 absolute path=/ host=b close"),
	GOOD("asterisk form with OPTIONS (RFC 9112 3.2.4)", "OPTIONS * HTTP/1.1\r\n" HOST END,
	     "OPTIONS 1.1 asterisk path= host=a keep"),
	GOOD("authority form with CONNECT (RFC 9112 3.2.3)",
	     "CONNECT www.example.com:80 HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
	     "CONNECT 1.1 authority path= host=www.example.com port=80 keep"),
	BAD("absolute form still needs Host", "GET http://b/ HTTP/1.1\r\n\r\n"),
	BAD("absolute form with a bad Host", "GET http://b/ HTTP/1.1\r\nHost: a b\r\n\r\n"),
	BAD("another scheme", "GET https://b/ HTTP/1.1\r\n" HOST END),
	BAD("a scheme without slashes", "GET http:b HTTP/1.1\r\n" HOST END),
	BAD("absolute form without a host", "GET http:///x HTTP/1.1\r\n" HOST END),
	BAD("absolute form with a port only", "GET http://:80/x HTTP/1.1\r\n" HOST END),
	BAD("absolute form with user information (RFC 9110 4.2.4)",
	    "GET http://user@example/ HTTP/1.1\r\n" HOST END),
	BAD("absolute form with a port out of range", "GET http://b:65536/ HTTP/1.1\r\n" HOST END),
	BAD("asterisk form with GET", "GET * HTTP/1.1\r\n" HOST END),
	BAD("asterisk and more", "OPTIONS *x HTTP/1.1\r\n" HOST END),
	BAD("a relative path", "GET index.html HTTP/1.1\r\n" HOST END),
	BAD("authority form with GET", "GET a:80 HTTP/1.1\r\n" HOST END),
	BAD("CONNECT without a port", "CONNECT a HTTP/1.1\r\n" HOST END),
	BAD("CONNECT with a path", "CONNECT / HTTP/1.1\r\n" HOST END),
	BAD("CONNECT with absolute form", "CONNECT http://a:80/ HTTP/1.1\r\n" HOST END),
	BAD("CONNECT with a query", "CONNECT a:80?b HTTP/1.1\r\n" HOST END),
};

static const struct parse_case field_cases[] = {
	GOOD("no white space around a value", "GET / HTTP/1.1\r\nHost:a\r\n\r\n", PLAIN),
	GOOD("spaces and tabs around a value are not part of it",
	     "GET / HTTP/1.1\r\nHost: \t a \t \r\n\r\n", PLAIN),
	GOOD("names are not case-sensitive", "GET / HTTP/1.1\r\nhOsT: a\r\n\r\n", PLAIN),
	GOOD("an empty value", GET "X:\r\n" END, PLAIN),
	GOOD("a value of white space only", GET "X: \t \r\n" END, PLAIN),
	GOOD("a tab and bytes above ASCII inside a value", GET "X: a\tb\x80\xff\r\n" END, PLAIN),
	GOOD("a colon inside a value", GET "X: a:b\r\n" END, PLAIN),
	GOOD("a name of all token characters", GET "!#$%&'*+-.^_`|~09azAZ: x\r\n" END, PLAIN),
	GOOD("a name that is nearly a known one", GET "Content-Lengti: x\r\n" END, PLAIN),
	GOOD("a name with a known beginning", GET "Content-Length-X: x\r\n" END, PLAIN),
	BAD("a line folded by a space (RFC 9112 5.2)", GET "X: a\r\n b\r\n" END),
	BAD("a line folded by a tab", GET "X: a\r\n\tb\r\n" END),
	BAD("a first line that begins with a space", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
	BAD("a space before the colon (RFC 9112 5.1)", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
	BAD("a tab before the colon", GET "X\t: a\r\n" END),
	BAD("a space in the name", GET "X Y: a\r\n" END),
	BAD("an empty name", GET ": a\r\n" END),
	BAD("a line without a colon", GET "X\r\n" END),
	BAD("a line without a colon before one with", GET "X\r\nY: a\r\n" END),
	BAD("a name with a byte above ASCII", GET "X\x80: a\r\n" END),
	BAD("a name with a control character", GET "X\x01: a\r\n" END),
	BAD("a control character that becomes a hyphen when it is folded",
	    GET "If\rMatch: x\r\n" END),
	BAD("a name with parentheses", GET "X(Y): a\r\n" END),
	BAD("a bare LF ends a line", GET "X: a\nY: b\r\n" END),
	BAD("a bare CR in a value", GET "X: a\rb\r\n" END),
	BAD("CR CR LF", GET "X: a\r\r\n" END),
	BAD("NUL in a value", GET "X: a\0b\r\n" END),
	BAD("a control character in a value", GET "X: a\x0b\r\n" END),
	BAD("a control character deep in a long value", GET "X: 0123456789abcdef\x1f\r\n" END),
	BAD("DEL in a value", GET "X: a\x7f\r\n" END),
	BAD("a blank line that ends in LF", GET "\n"),
	BAD("a blank line with a bare CR", GET "\rx"),
};

static const struct parse_case host_cases[] = {
	GOOD("Host with a port", "GET / HTTP/1.1\r\nHost: b.example:8080\r\n\r\n",
	     "GET 1.1 origin path=/ host=b.example port=8080 keep"),
	GOOD("an empty Host (RFC 9112 3.2)", "GET / HTTP/1.1\r\nHost:\r\n\r\n",
	     "GET 1.1 origin path=/ host= keep"),
	GOOD("Host with an IPv6 literal", "GET / HTTP/1.1\r\nHost: [fe80::1]\r\n\r\n",
	     "GET 1.1 origin path=/ host=fe80::1 keep"),
	GOOD("Host may come last", "GET / HTTP/1.1\r\nX: y\r\nHost: a\r\n\r\n", PLAIN),
	BAD("no Host in HTTP/1.1", "GET / HTTP/1.1\r\n\r\n"),
	BAD("no Host in HTTP/1.2", "GET / HTTP/1.2\r\n\r\n"),
	BAD("two Hosts", GET HOST END),
	BAD("two different Hosts", GET "Host: b\r\n" END),
	BAD("two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\n" HOST HOST END),
	BAD("a list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
	BAD("a Host with a slash", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
	BAD("a Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
	BAD("a bad Host in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a b\r\n\r\n"),
	BAD("a Host with a byte above ASCII", "GET / HTTP/1.1\r\nHost: \xc3\xa9\r\n\r\n"),
};

static const struct parse_case body_cases[] = {
	GOOD("Content-Length", POST "Content-Length: 5\r\n" END,
	     "POST 1.1 origin path=/ host=a length=5 keep"),
	GOOD("Content-Length of zero", POST "Content-Length: 0\r\n" END,
	     "POST 1.1 origin path=/ host=a length=0 keep"),
	GOOD("leading zeros", POST "Content-Length: 0000000000000000000000000000005\r\n" END,
	     "POST 1.1 origin path=/ host=a length=5 keep"),
	GOOD("the largest length", POST "Content-Length: 9223372036854775807\r\n" END,
	     "POST 1.1 origin path=/ host=a length=9223372036854775807 keep"),
	GOOD("a body with GET", GET "Content-Length: 3\r\n" END,
	     "GET 1.1 origin path=/ host=a length=3 keep"),
	GOOD("Content-Length in HTTP/1.0", "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\n",
	     "POST 1.0 origin path=/ host= length=3 close"),
	GOOD("chunked", POST "Transfer-Encoding: chunked\r\n" END,
	     "POST 1.1 origin path=/ host=a chunked keep"),
	GOOD("names of codings are not case-sensitive", POST "Transfer-Encoding: Chunked\r\n" END,
	     "POST 1.1 origin path=/ host=a chunked keep"),
	BAD("a length one too large", POST "Content-Length: 9223372036854775808\r\n" END),
	BAD("a length past 64 bits", POST "Content-Length: 18446744073709551616\r\n" END),
	BAD("a length of many digits", POST "Content-Length: 99999999999999999999999\r\n" END),
	BAD("an empty length", POST "Content-Length:\r\n" END),
	BAD("a negative length", POST "Content-Length: -1\r\n" END),
	BAD("a length with a plus sign", POST "Content-Length: +5\r\n" END),
	BAD("a length in hexadecimal", POST "Content-Length: 0x5\r\n" END),
	BAD("a length with a fraction", POST "Content-Length: 5.0\r\n" END),
	BAD("a length with a space inside", POST "Content-Length: 5 5\r\n" END),
	REFUSED("a coding that we do not know before chunked", 501,
		POST "Transfer-Encoding: brotli, chunked\r\n" END),
	REFUSED("gzip before chunked", 501, POST "Transfer-Encoding: gzip, chunked\r\n" END),
	REFUSED("gzip and chunked in two lines", 501,
		POST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n" END),
	BAD("a coding without chunked at its end (RFC 9112 6.3)",
	    POST "Transfer-Encoding: gzip\r\n" END),
	BAD("the coding that was never one", POST "Transfer-Encoding: identity\r\n" END),
	BAD("an empty Transfer-Encoding", POST "Transfer-Encoding:\r\n" END),
};

/* What made other servers see another request than the proxy before them. */
static const struct parse_case smuggling_cases[] = {
	BAD("CL.TE: both framings (RFC 9112 6.3)",
	    POST "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n" END),
	BAD("TE.CL: both framings in the other order",
	    POST "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n" END),
	BAD("CL.0: a length of zero beside chunked",
	    POST "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n" END),
	BAD("CL.CL: two different lengths",
	    POST "Content-Length: 5\r\nContent-Length: 6\r\n" END),
	BAD("CL.CL: two equal lengths", POST "Content-Length: 5\r\nContent-Length: 5\r\n" END),
	BAD("CL.CL: a list of equal lengths", POST "Content-Length: 5, 5\r\n" END),
	BAD("CL.CL: a list of different lengths", POST "Content-Length: 5, 6\r\n" END),
	BAD("TE.TE: chunked twice in one line", POST "Transfer-Encoding: chunked, chunked\r\n" END),
	BAD("TE.TE: chunked twice in two lines",
	    POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END),
	BAD("TE.TE: something after chunked", POST "Transfer-Encoding: chunked, gzip\r\n" END),
	BAD("TE.TE: identity after chunked",
	    POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n" END),
	BAD("TE.TE: nearly chunked", POST "Transfer-Encoding: xchunked\r\n" END),
	BAD("TE.TE: chunked in quotes", POST "Transfer-Encoding: \"chunked\"\r\n" END),
	BAD("TE.TE: chunked with a parameter", POST "Transfer-Encoding: chunked;q=1\r\n" END),
	BAD("TE.TE: chunked and an empty element", POST "Transfer-Encoding: chunked,\r\n" END),
	BAD("TE.TE: an empty element and chunked", POST "Transfer-Encoding: ,chunked\r\n" END),
	BAD("TE.TE: a vertical tab before chunked", POST "Transfer-Encoding: \vchunked\r\n" END),
	BAD("TE.TE: white space before the colon", POST "Transfer-Encoding : chunked\r\n" END),
	BAD("TE.TE: the value folded", POST "Transfer-Encoding:\r\n chunked\r\n" END),
	BAD("TE.TE: a line end of LF before it", POST "X: y\nTransfer-Encoding: chunked\r\n" END),
	BAD("TE.TE: an NUL at the end of the name", POST "Transfer-Encoding\0: chunked\r\n" END),
	BAD("TE in HTTP/1.0 (RFC 9112 6.1)",
	    "POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n" END),
	GOOD("an underscore makes another field", POST "Transfer_Encoding: chunked\r\n" END,
	     "POST 1.1 origin path=/ host=a keep"),
	GOOD("a length in another field is none", POST "X-Content-Length: 5\r\n" END,
	     "POST 1.1 origin path=/ host=a keep"),
	BAD("a second request line hidden in the target",
	    "GET / HTTP/1.1\rGET /b HTTP/1.1\r\n" HOST END),
};

static const struct parse_case connection_cases[] = {
	GOOD("HTTP/1.1 persists by default (RFC 9112 9.3)", GET END, PLAIN),
	GOOD("close", GET "Connection: close\r\n" END, "GET 1.1 origin path=/ host=a close"),
	GOOD("options are not case-sensitive", GET "Connection: CLOSE\r\n" END,
	     "GET 1.1 origin path=/ host=a close"),
	GOOD("close in a list", GET "Connection: x ,\tclose , y\r\n" END,
	     "GET 1.1 origin path=/ host=a close"),
	GOOD("close in a second line", GET "Connection: x\r\nConnection: close\r\n" END,
	     "GET 1.1 origin path=/ host=a close"),
	GOOD("close wins over keep-alive", GET "Connection: keep-alive, close\r\n" END,
	     "GET 1.1 origin path=/ host=a close"),
	GOOD("part of a word is not close", GET "Connection: closed, xclose\r\n" END, PLAIN),
	GOOD("empty elements mean nothing", GET "Connection: ,, ,\r\n" END, PLAIN),
	GOOD("HTTP/1.0 closes by default", "GET / HTTP/1.0\r\n" HOST END,
	     "GET 1.0 origin path=/ host=a close"),
	GOOD("HTTP/1.0 with keep-alive", "GET / HTTP/1.0\r\n" HOST "Connection: Keep-Alive\r\n" END,
	     "GET 1.0 origin path=/ host=a keep"),
	GOOD("HTTP/1.0 with both closes",
	     "GET / HTTP/1.0\r\n" HOST "Connection: close, keep-alive\r\n" END,
	     "GET 1.0 origin path=/ host=a close"),
};

static const struct parse_case expect_cases[] = {
	GOOD("100-continue with a length",
	     POST "Content-Length: 5\r\nExpect: 100-continue\r\n" END,
	     "POST 1.1 origin path=/ host=a length=5 continue keep"),
	GOOD("100-continue with chunks",
	     POST "Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n" END,
	     "POST 1.1 origin path=/ host=a chunked continue keep"),
	GOOD("nobody waits without a body", GET "Expect: 100-continue\r\n" END, PLAIN),
	GOOD("HTTP/1.0 cannot expect anything (RFC 9110 10.1.1)",
	     "POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
	     "POST 1.0 origin path=/ host= length=5 close"),
	GOOD("HTTP/1.0 may say nonsense", "GET / HTTP/1.0\r\nExpect: x\r\n\r\n",
	     "GET 1.0 origin path=/ host= close"),
	REFUSED("another expectation", 417, GET "Expect: x\r\n" END),
	REFUSED("another expectation beside the known one", 417,
		GET "Expect: 100-continue, x\r\n" END),
	REFUSED("a parameter makes another expectation", 417,
		GET "Expect: 100-continue;x=y\r\n" END),
};

static const struct parse_case short_cases[] = {
	SHORT("nothing", ""),
	SHORT("half an empty line", "\r"),
	SHORT("only an empty line", "\r\n"),
	SHORT("half a method", "GE"),
	SHORT("half a version", "GET / HTTP/1"),
	SHORT("a request line", "GET / HTTP/1.1\r\n"),
	SHORT("half a name", "GET / HTTP/1.1\r\nHo"),
	SHORT("white space of a value", "GET / HTTP/1.1\r\nHost:  "),
	SHORT("half a line end", "GET / HTTP/1.1\r\nHost: a\r"),
	SHORT("half a blank line", "GET / HTTP/1.1\r\nHost: a\r\n\r"),
};

static const char *const method_names[] = {
	"UNKNOWN", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
};

static const char *const form_names[] = { "origin", "absolute", "authority", "asterisk" };

static void describe(const struct http_request *request, const char *head, char *out, size_t size)
{
	FILE *file = fmemopen(out, size, "w");

	fprintf(file, "%s 1.%u %s path=%.*s", method_names[request->method],
		request->version_minor, form_names[request->form], request->path.length,
		head + request->path.offset);
	if (request->has_query)
		fprintf(file, " query=%.*s", request->query.length, head + request->query.offset);
	fprintf(file, " host=%.*s", request->host.length, head + request->host.offset);
	if (request->host_port)
		fprintf(file, " port=%u", request->host_port);
	if (request->has_content_length)
		fprintf(file, " length=%llu", (unsigned long long)request->content_length);
	if (request->chunked)
		fputs(" chunked", file);
	if (request->expect_continue)
		fputs(" continue", file);
	fputs(request->keep_alive ? " keep" : " close", file);
	fclose(file);
}

static int scan_whole(const char *head, size_t length)
{
	struct http_scan scan;

	http_scan_init(&scan);
	return http_head_scan(&scan, head, length, HTTP_HEAD_MAX, HTTP_HEAD_MAX);
}

/* A head that is followed by more has the same meaning and the same length. */
static void check_followed(const struct parse_case *c)
{
	struct http_request request;
	char head[4096];

	memcpy(head, c->head, c->length);
	memset(head + c->length, '\n', 16);
	ck_assert_msg(http_request_parse(&request, head, c->length + 16) == (int)c->length,
		      "%s: bytes after the head change its length", c->shows);
}

static void check_prefixes(const struct parse_case *c)
{
	struct http_request request;
	size_t length;

	for (length = 0; length < c->length; length++) {
		const char *head = c->head;
		int result;

		/* Each copy costs mappings; the end of memory matters most where words are read. */
		if (c->length - length < 24 || length < 24)
			head = unit_at_end(c->head, length);
		result = http_request_parse(&request, head, length);
		ck_assert_msg(result == 0, "%s: %d after %zu bytes: %s", c->shows, result, length,
			      unit_show(head, length));
		ck_assert_msg(scan_whole(head, length) == 0, "%s: the scan ends after %zu bytes",
			      c->shows, length);
	}
}

static void check_case(const struct parse_case *c)
{
	const char *head = unit_at_end(c->head, c->length);
	const char *other = unit_at_start(c->head, c->length);
	struct http_request request;
	char text[4096];
	int result = http_request_parse(&request, head, c->length);

	ck_assert_msg(result == (c->result > 0 ? (int)c->length : c->result), "%s: %d for %s",
		      c->shows, result, unit_show(head, c->length));
	ck_assert_msg(http_request_parse(&request, other, c->length) == result,
		      "%s: depends on the place in memory", c->shows);
	if (c->result == 0)
		ck_assert_msg(scan_whole(head, c->length) == 0, "%s: not for the scan", c->shows);
	if (c->result <= 0)
		return;
	describe(&request, other, text, sizeof(text));
	ck_assert_msg(!strcmp(text, c->means), "%s: \"%s\", not \"%s\"", c->shows, text, c->means);
	ck_assert_msg(request.head_length == c->length, "%s: head_length", c->shows);
	ck_assert_msg(scan_whole(head, c->length) == (int)c->length, "%s: the scan", c->shows);
	check_prefixes(c);
	check_followed(c);
}

START_TEST(request_line)
{
	check_case(&request_line_cases[_i]);
}
END_TEST

START_TEST(target)
{
	check_case(&target_cases[_i]);
}
END_TEST

START_TEST(field)
{
	check_case(&field_cases[_i]);
}
END_TEST

START_TEST(host)
{
	check_case(&host_cases[_i]);
}
END_TEST

START_TEST(body)
{
	check_case(&body_cases[_i]);
}
END_TEST

START_TEST(smuggling)
{
	check_case(&smuggling_cases[_i]);
}
END_TEST

START_TEST(connection)
{
	check_case(&connection_cases[_i]);
}
END_TEST

START_TEST(expect)
{
	check_case(&expect_cases[_i]);
}
END_TEST

START_TEST(incomplete)
{
	check_case(&short_cases[_i]);
}
END_TEST

/* Builds a request with so many field lines besides Host. */
static size_t many_fields(char *out, int count)
{
	size_t length = sprintf(out, GET);

	while (count--)
		length += sprintf(out + length, "X: y\r\n");
	return length + sprintf(out + length, "\r\n");
}

START_TEST(number_of_fields)
{
	struct http_request request;
	static char head[4096];
	size_t length = many_fields(head, HTTP_FIELDS_MAX - 1);

	ck_assert_int_eq(http_request_parse(&request, head, length), length);
	ck_assert_int_eq(request.field_count, HTTP_FIELDS_MAX);
	length = many_fields(head, HTTP_FIELDS_MAX);
	ck_assert_int_eq(http_request_parse(&request, head, length), -431);
}
END_TEST

/* A head of exactly so many bytes. */
static void long_head(char *head, size_t length)
{
	size_t begin = sizeof(GET "X: ") - 1;

	memcpy(head, GET "X: ", begin);
	memset(head + begin, 'x', length - begin - 4);
	memcpy(head + length - 4, "\r\n\r\n", 4);
}

START_TEST(length_of_head)
{
	static char head[HTTP_HEAD_MAX + 1];
	struct http_request request;

	long_head(head, HTTP_HEAD_MAX);
	ck_assert_int_eq(http_request_parse(&request, head, HTTP_HEAD_MAX), HTTP_HEAD_MAX);
	ck_assert_int_eq(http_request_parse(&request, head, HTTP_HEAD_MAX - 1), 0);
	long_head(head, HTTP_HEAD_MAX + 1);
	ck_assert_int_eq(http_request_parse(&request, head, HTTP_HEAD_MAX), 0);
	ck_assert_int_eq(http_request_parse(&request, head, HTTP_HEAD_MAX + 1), -431);
}
END_TEST

START_TEST(limits)
{
	static const char head[] = "\r\nGET /12345 HTTP/1.1\r\n" HOST "\r\n";
	struct http_request request;
	int length = http_request_parse(&request, head, sizeof(head) - 1);

	ck_assert_int_eq(length, sizeof(head) - 1);
	ck_assert_int_eq(request.line_length, 19);
	ck_assert_int_eq(http_request_limits(&request, 19, length), 0);
	ck_assert_int_eq(http_request_limits(&request, 18, length), -414);
	ck_assert_int_eq(http_request_limits(&request, 19, length - 1), -431);
}
END_TEST

START_TEST(error_keeps_method)
{
	static const char head[] = "HEAD / HTTP/1.0\r\nX : y\r\n\r\n";
	struct http_request request;

	ck_assert_int_eq(http_request_parse(&request, head, sizeof(head) - 1), -400);
	ck_assert_int_eq(request.method, HTTP_METHOD_HEAD);
	ck_assert_int_eq(request.version_minor, 0);
	ck_assert_int_eq(http_request_parse(&request, "?", 1), -400);
	ck_assert_int_eq(request.version_minor, 1);
}
END_TEST

START_TEST(spans)
{
	static const char head[] = "\r\nOPTIONS /a?b HTTP/1.1\r\nHost: c\r\nRange: d\r\n"
				   "Range: e\r\n\r\n";
	struct http_request request;
	struct http_span span;

	ck_assert_int_gt(http_request_parse(&request, head, sizeof(head) - 1), 0);
	ck_assert(!memcmp(head + request.method_name.offset, "OPTIONS", 7));
	ck_assert_int_eq(request.method_name.length, 7);
	ck_assert(!memcmp(head + request.target.offset, "/a?b ", 5));
	ck_assert_int_eq(request.target.length, 4);
	ck_assert(!memcmp(head + request.fields_offset, "Host", 4));
	span = request.fields[HTTP_HEADER_RANGE];
	ck_assert_int_eq(span.length, 1);
	ck_assert_int_eq(head[span.offset], 'd');
	ck_assert(http_request_has(&request, HTTP_HEADER_RANGE));
	ck_assert(!http_request_has(&request, HTTP_HEADER_IF_RANGE));
	ck_assert_uint_eq(request.repeated, 1u << HTTP_HEADER_RANGE);
	ck_assert_int_eq(request.field_count, 3);
	ck_assert(!http_request_has_body(&request));
}
END_TEST

START_TEST(authority)
{
	static const char head[] = "GET http://[::1]:81/x HTTP/1.1\r\nHost: c\r\n\r\n";
	struct http_request request;

	ck_assert_int_gt(http_request_parse(&request, head, sizeof(head) - 1), 0);
	ck_assert_uint_eq(request.authority.length, 8);
	ck_assert(!memcmp(head + request.authority.offset, "[::1]:81", 8));
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("parse");

	unit_case(suite, "RFC 9112 3 request line", request_line, UNIT_ROWS(request_line_cases));
	unit_case(suite, "RFC 9112 3.2 target", target, UNIT_ROWS(target_cases));
	unit_case(suite, "RFC 9112 5 field syntax", field, UNIT_ROWS(field_cases));
	unit_case(suite, "RFC 9110 7.2 Host", host, UNIT_ROWS(host_cases));
	unit_case(suite, "RFC 9112 6 body", body, UNIT_ROWS(body_cases));
	unit_case(suite, "RFC 9112 11.2 smuggling", smuggling, UNIT_ROWS(smuggling_cases));
	unit_case(suite, "RFC 9112 9.3 persistence", connection, UNIT_ROWS(connection_cases));
	unit_case(suite, "RFC 9110 10.1.1 Expect", expect, UNIT_ROWS(expect_cases));
	unit_case(suite, "incomplete heads", incomplete, UNIT_ROWS(short_cases));
	unit_case(suite, "number of fields", number_of_fields, 1);
	unit_case(suite, "length of a head", length_of_head, 1);
	unit_case(suite, "limits of the caller", limits, 1);
	unit_case(suite, "an error keeps what was read", error_keeps_method, 1);
	unit_case(suite, "places of the parts", spans, 1);
	unit_case(suite, "the authority of a target", authority, 1);
	return suite;
}
