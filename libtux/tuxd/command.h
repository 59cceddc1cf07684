/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What comes through the control channel, carried out.
 */
#ifndef TUXD_COMMAND_H
#define TUXD_COMMAND_H

#include "control.h"
#include "workers.h"

/**
 * struct commander - Who carries out commands; owned by the master.
 */
struct commander {
	/** @control: Where they come from. */
	struct control control;
	/** @adding: Index of the module that waits for new workers, or 0. */
	int adding;
};

void commands_take(struct commander *commander, struct workers *workers);
void commands_continue(struct commander *commander, const struct workers *workers);
void commands_refuse(struct commander *commander, const char *why);

#endif /* TUXD_COMMAND_H */
