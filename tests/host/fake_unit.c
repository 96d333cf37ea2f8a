/* SPDX-License-Identifier: MIT */
/*
 * What code that drives a unit needs beside its registers: time that passes only when a deadline
 * is looked at, a millisecond each; failures kept as iommu/unit.c keeps them; and panic.
 */
#include "tests/host/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "arch/panic.h"
#include "arch/time.h"
#include "iommu/unit.h"

static uint64_t now_us;

enum status unit_fail(struct unit *u, enum status status, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(u->failure, sizeof(u->failure), format, args);
	va_end(args);
	assert_in_range(length, 1, (int)sizeof(u->failure) - 2); /* the whole of it fits */
	return status;
}

/* ---- time: each look at a deadline takes a millisecond ---- */

struct deadline deadline_after_us(uint64_t us)
{
	return (struct deadline){ .end_tsc = now_us + us };
}

bool deadline_passed(const struct deadline *deadline)
{
	now_us += 1000;
	return now_us >= deadline->end_tsc;
}

_Noreturn void panic(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	abort();
}
