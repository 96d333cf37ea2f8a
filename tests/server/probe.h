/* SPDX-License-Identifier: MIT */
/* What a unit would do with a request of a device, found out without a trace. */
#pragma once

#include "tests/server/units.h"

/*
 * The fault reason that a read by `sid` at address 0 would meet, 0 if it would be let through. Nothing
 * changes: neither in the unit, nor in guest memory.
 */
uint8_t probe_request(const struct served_unit *unit, uint16_t sid);
