// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the header includes.
 */
#include <tuxmodule.h>
