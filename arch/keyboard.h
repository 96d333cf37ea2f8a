/* SPDX-License-Identifier: MIT */
/*
 * Keys by the PS/2 controller, if the machine has one: polled, and believed only in what it sends. A machine without it, or
 * one whose controller does not behave, has no keys; nobody complains.
 */
#pragma once

#include <stdint.h>

enum key {
	KEY_NONE,
	KEY_UP,
	KEY_DOWN,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_HOME,
	KEY_END,
	KEY_QUIT, /* q */
	KEY_OTHER,
};

/* Takes the controller over; what was typed before is forgotten. */
void keyboard_open(void);

/* The next key that is pressed; KEY_NONE if none was for so long. 0: however long it takes. */
enum key keyboard_wait(uint64_t limit_us);
