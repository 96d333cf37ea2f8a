/* SPDX-License-Identifier: MIT */
/* What kernel code needs from around it, for programs that run it on the build host. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "arch/bits.h"
#include "arch/console.h"

_Noreturn void field_overflow(unsigned int hi, unsigned int lo, uint64_t value)
{
	fprintf(stderr, "value %" PRIx64 " does not fit field %u:%u\n", value, hi, lo);
	abort();
}

void console_write(const char *text, size_t bytes)
{
	fwrite(text, 1, bytes, stdout);
}
