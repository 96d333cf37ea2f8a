/* SPDX-License-Identifier: MIT */
/*
 * What code that drives a unit needs beside its registers: failures kept as iommu/unit/unit.c keeps them.
 */
#include "tests/host/check.h"

#include <stdio.h>

#include "iommu/unit/unit.h"

enum status unit_fail(struct unit *u, enum status status, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(u->failure, sizeof(u->failure), format, args);
	va_end(args);
	assert_int_in_range(length, 1, (int)sizeof(u->failure) - 2); /* the whole of it fits */
	return status;
}
