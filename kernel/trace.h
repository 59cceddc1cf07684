/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace events (tracefs events/tux/): begin and end of connections and requests.
 *
 * Connections are told apart by their address and port, never by a kernel address.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tux

#if !defined(TUX_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TUX_TRACE_H

#include <linux/in6.h>
#include <linux/tracepoint.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "conn.h"

#ifndef TUX_TRACE_TARGET_MAX
#define TUX_TRACE_TARGET_MAX 64
#endif

#ifndef TUX_TRACE_CLIENT
#define TUX_TRACE_CLIENT

/* The client's address in the form of IPv6. */
static inline void tux_trace_client(const struct sock *sk, u8 *client)
{
	if (sk->sk_family == AF_INET6)
		memcpy(client, &sk->sk_v6_daddr, sizeof(struct in6_addr));
	else
		ipv6_addr_set_v4mapped(sk->sk_daddr, (struct in6_addr *)client);
}

#endif

TRACE_EVENT(tux_connection_start,
	TP_PROTO(const struct tux_conn *conn),
	TP_ARGS(conn),
	TP_STRUCT__entry(
		__field(u16, client_port)
		__field(u16, server_port)
		__array(u8, client, 16)
	),
	TP_fast_assign(
		__entry->client_port = ntohs(conn->sock.sk->sk_dport);
		__entry->server_port = conn->sock.sk->sk_num;
		tux_trace_client(conn->sock.sk, __entry->client);
	),
	TP_printk("client=[%pI6c]:%u port=%u", __entry->client, __entry->client_port,
		  __entry->server_port)
);

TRACE_EVENT(tux_connection_end,
	TP_PROTO(const struct tux_conn *conn, bool abort),
	TP_ARGS(conn, abort),
	TP_STRUCT__entry(
		__field(u16, client_port)
		__field(u32, requests)
		__field(bool, abort)
	),
	TP_fast_assign(
		__entry->client_port = ntohs(conn->sock.sk->sk_dport);
		__entry->requests = conn->requests;
		__entry->abort = abort;
	),
	TP_printk("client_port=%u requests=%u%s", __entry->client_port, __entry->requests,
		  __entry->abort ? " reset" : "")
);

TRACE_EVENT(tux_request_start,
	TP_PROTO(const struct tux_conn *conn, const struct http_request *parsed, const char *bytes),
	TP_ARGS(conn, parsed, bytes),
	TP_STRUCT__entry(
		__field(u16, client_port)
		__field(u8, method)
		__array(char, target, TUX_TRACE_TARGET_MAX)
	),
	TP_fast_assign(
		size_t length = min_t(size_t, parsed->target.length, TUX_TRACE_TARGET_MAX - 1);

		__entry->client_port = ntohs(conn->sock.sk->sk_dport);
		__entry->method = parsed->method;
		memcpy(__entry->target, bytes + parsed->target.offset, length);
		__entry->target[length] = '\0';
	),
	TP_printk("client_port=%u method=%u target=%s", __entry->client_port, __entry->method,
		  __entry->target)
);

TRACE_EVENT(tux_request_end,
	TP_PROTO(const struct tux_conn *conn, unsigned int status),
	TP_ARGS(conn, status),
	TP_STRUCT__entry(
		__field(u16, client_port)
		__field(u16, status)
	),
	TP_fast_assign(
		__entry->client_port = ntohs(conn->sock.sk->sk_dport);
		__entry->status = status;
	),
	TP_printk("client_port=%u status=%u", __entry->client_port, __entry->status)
);

#endif /* TUX_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
