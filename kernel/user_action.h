/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The actions on the request that user space has: those of a module.
 */
#ifndef TUX_USER_ACTION_H
#define TUX_USER_ACTION_H

#include <linux/tux.h>

struct sock;
struct tux_handle;
struct tux_recipient;
struct tux_user_request;

/* shared by all */
struct tux_recipient *tux_user_recipient(const struct tux_handle *handle);
int tux_user_no_recipient(const struct tux_handle *handle);
int tux_user_loop(struct tux_handle *handle, user_req_t __user *to);
bool tux_user_forget_ended(struct tux_handle *handle);
int tux_user_poll(struct tux_handle *handle, user_req_t __user *to);
struct tux_user_request *tux_user_current(const struct tux_handle *handle);
struct sock *tux_user_sock(const struct tux_user_request *request);
struct tux_user_request *tux_user_read_back(const struct tux_handle *handle,
					    user_req_t __user *from);

/* the actions */
int tux_user_action_event_loop(struct tux_handle *handle, void __user *argument);
int tux_user_action_get_object(struct tux_handle *handle, void __user *argument);
int tux_user_action_send_object(struct tux_handle *handle, void __user *argument);
int tux_user_action_read_object(struct tux_handle *handle, void __user *argument);
int tux_user_action_finish(struct tux_handle *handle, void __user *argument);
int tux_user_action_finish_close(struct tux_handle *handle, void __user *argument);
int tux_user_action_read_headers(struct tux_handle *handle, void __user *argument);
int tux_user_action_postpone(struct tux_handle *handle, void __user *argument);
int tux_user_action_redirect(struct tux_handle *handle, void __user *argument);
int tux_user_action_read_post(struct tux_handle *handle, void __user *argument);
int tux_user_action_wait_post(struct tux_handle *handle, void __user *argument);
int tux_user_action_send_buffer(struct tux_handle *handle, void __user *argument);
int tux_user_action_reply(struct tux_handle *handle, void __user *argument);
int tux_user_action_watch(struct tux_handle *handle, void __user *argument);
int tux_user_action_wait_proxy(struct tux_handle *handle, void __user *argument);
int tux_user_action_detach(struct tux_handle *handle, void __user *argument);
int tux_user_action_get_request(struct tux_handle *handle, void __user *argument);

#endif /* TUX_USER_ACTION_H */
