/* SPDX-License-Identifier: MIT */
/* Walks back and forth through the log in memory. */
#pragma once

#include "arch/keyboard.h"

/* Goes where `key` leads from its end, and on, until q or until no key came for the machine's patience. */
void pager_walk(enum key key);
