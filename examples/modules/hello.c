// SPDX-License-Identifier: MIT
/*
 * Hello: the shortest module.  /hello.tux?name=Tux in tuxd; as a program of its own, hello PREFIX.
 */
#include <err.h>
#include <tuxmodule.h>

void TUXAPI_init(void)
{
}

int TUXAPI_handle_events(user_req_t *req)
{
	char text[80];
	char name[64] = "world";

	tux_find_query(tux_make_string(req->query), "name", name, sizeof(name));
	snprintf(text, sizeof(text), "Hello %s\n", name);
	return tux_send_text(req, 200, "text/plain", text);
}

int main(int argc, char **argv)
{
	const char *prefix = argc > 1 ? argv[1] : "/hello";
	const struct tux_route routes[] = { { prefix, TUXAPI_handle_events }, { NULL, NULL } };

	if (tux_serve(routes))
		errx(1, "%s: %s", prefix, tux_error_text(TUX_ACTION_REGISTER_MODULE, errno));
	return 0;
}
