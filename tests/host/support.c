/* SPDX-License-Identifier: MIT */
/* What kernel code needs from around it, for programs that run it on the build host. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "arch/bits.h"
#include "arch/console.h"
#include "arch/panic.h"
#include "arch/time.h"

_Noreturn void field_overflow(unsigned int hi, unsigned int lo, uint64_t value)
{
	fprintf(stderr, "value %" PRIx64 " does not fit field %u:%u\n", value, hi, lo);
	abort();
}

void console_write(const char *text, size_t bytes)
{
	fwrite(text, 1, bytes, stdout);
}

_Noreturn void panic(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	abort();
}

/* Time passes only when a deadline is looked at, a millisecond each: a failing wait of 100 ms takes 100. */
static uint64_t now_us;

struct deadline deadline_after_us(uint64_t us)
{
	return (struct deadline){ .end_tsc = now_us + us };
}

bool deadline_passed(const struct deadline *deadline)
{
	now_us += 1000;
	return now_us >= deadline->end_tsc;
}
