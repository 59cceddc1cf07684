/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections that user space has made (ADOPT_FD).
 */
#ifndef TUX_ADOPT_H
#define TUX_ADOPT_H

#include "namespace.h"

int tux_adopt(struct tux_namespace *namespace, int fd, u32 index);

#endif /* TUX_ADOPT_H */
