/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses as administrators write them: ADDR, ADDR:PORT, [ADDR6], [ADDR6]:PORT.  Pure: no
 * look-up, no socket.
 */
#ifndef TUXD_ADDRESS_H
#define TUXD_ADDRESS_H

#include <stddef.h>
#include <sys/socket.h>

/* Room for "[ADDR6%interface]:PORT". */
#define ADDRESS_TEXT_MAX 96

socklen_t address_parse(const char *text, unsigned int default_port,
			struct sockaddr_storage *address);
const char *address_format(const struct sockaddr_storage *address, char *text, size_t size);

#endif /* TUXD_ADDRESS_H */
