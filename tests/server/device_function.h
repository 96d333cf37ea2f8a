/* SPDX-License-Identifier: MIT */
/*
 * An endpoint as a PCI function of its own, which a driver can be given: its registers are all that is in its BAR, and
 * whether it may send is what the command register says.
 */
#pragma once

#include "tests/server/function.h"

/* The endpoint is one of endpoints_make_device(). */
void device_function_make(struct function *function, struct units *units,
			  struct endpoint *endpoint);
