/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The other place where sources of TUX modules look for their header.
 */
#include <tuxmodule.h>
